//! The two password fields with "show password" and a strength bar. Without JavaScript they are two ordinary fields.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::password_strength::{Strength, ask_password_strength};
use crate::app::wake_islands;

/// How long to wait after the last keystroke before asking the server.
const PAUSE: Duration = Duration::from_millis(300);

/// The fields, in the person's language. `invalid` marks them after a rejected try.
#[island]
pub fn PasswordFields(
    label: String,
    label_again: String,
    rules: String,
    show: String,
    hide: String,
    strength_label: String,
    invalid: bool,
) -> impl IntoView {
    wake_islands();
    let awake = RwSignal::new(false);
    let shown = RwSignal::new(false);
    let strength = RwSignal::new(None::<Strength>);
    let typed = RwSignal::new(String::new());
    Effect::new(move |_| awake.set(true));

    let mut ask = debounce(PAUSE, move |password: String| {
        spawn_local(async move {
            let answer = if password.is_empty() { None } else { ask_password_strength(&password).await };
            if typed.get_untracked() == password {
                strength.set(answer);
            }
        });
    });
    let on_input = move |event| {
        let password = event_target_value(&event);
        typed.set(password.clone());
        ask(password);
    };
    let kind = move || if shown.get() { "text" } else { "password" };

    view! {
        <div class="field">
            <div class="label-row">
                <label for="new-password">{label}</label>
                <button
                    type="button"
                    class="reveal"
                    hidden=move || !awake.get()
                    on:click=move |_| shown.update(|shown| *shown = !*shown)
                >
                    {move || if shown.get() { hide.clone() } else { show.clone() }}
                </button>
            </div>
            <input
                id="new-password"
                name="new_password"
                type=kind
                autocomplete="new-password"
                autocapitalize="none"
                spellcheck="false"
                required
                aria-describedby=if invalid { "notice password-rules password-strength" } else { "password-rules password-strength" }
                aria-invalid=invalid.then_some("true")
                on:input=on_input
            />
            <p id="password-rules" class="hint">{rules}</p>
            <div id="password-strength" class="strength" aria-live="polite">
                {move || strength.get().map(|strength| view! {
                    <meter min="0" max="4" low="3" high="3" optimum="4" value=strength.score.to_string() aria-label=strength_label.clone()></meter>
                    <span>{strength.hint}</span>
                })}
            </div>
        </div>
        <div class="field">
            <label for="new-password-again">{label_again}</label>
            <input
                id="new-password-again"
                name="new_password_again"
                type=kind
                autocomplete="new-password"
                autocapitalize="none"
                spellcheck="false"
                required
                aria-invalid=invalid.then_some("true")
            />
        </div>
    }
}
