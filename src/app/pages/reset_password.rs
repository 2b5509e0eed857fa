//! `/reset-password`: the form for the new password. It names the account, so that people notice if a link is for
//! somebody else's account; the name is masked unless it was entered in this browser. Password managers find a username
//! and two new-password fields.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::app::actions::SetPassword;
use crate::app::components::{Content, NoticeBox, PostForm};
use crate::app::context::PageContext;
use crate::app::field::FormName;
use crate::app::islands::PasswordFields;
use crate::app::views::{self, FormView};
use crate::model::Page;

/// Asks for the new password.
#[component]
pub fn ResetPasswordPage() -> impl IntoView {
    view! { <Content gather=views::form draw/> }
}

fn draw(context: &PageContext, page: FormView) -> AnyView {
    match page {
        FormView::Open { notice, account, form, min_length } => draw_form(context, notice, account, form, min_length),
        FormView::Redirecting => ().into_any(),
        FormView::SessionLost => view! {
            <Title text=context.say("session-lost-title")/>
            <h1>{context.say("session-lost-title")}</h1>
            <p>{context.say("session-lost-intro")}</p>
            <p><a class="button" href=Page::ForgotPassword.path()>{context.say("expired-again")}</a></p>
        }
        .into_any(),
    }
}

fn draw_form(
    context: &PageContext,
    notice: Option<String>,
    account: String,
    form: FormName,
    min_length: usize,
) -> AnyView {
    let invalid = notice.is_some();
    let min = u64::try_from(min_length).unwrap_or(u64::MAX);
    let fields = view! {
        <input type="hidden" name="form" value=form.into_value()/>
        <div class="field">
            <label for="username">{context.say("form-account")}</label>
            <input id="username" type="text" class="account" autocomplete="username" readonly value=account/>
        </div>
        <PasswordFields
            label=context.say("password-label")
            label_again=context.say("password-again-label")
            rules=context.text("password-rules", &[("min", min.into())])
            show=context.say("password-show")
            hide=context.say("password-hide")
            strength_label=context.say("strength-label")
            invalid
        />
        <button type="submit" class="button">{context.say("form-submit")}</button>
    };
    view! {
        <Title text=context.say("form-title")/>
        <h1>{context.say("form-title")}</h1>
        <NoticeBox notice/>
        <PostForm<SetPassword> attr:novalidate=true>{fields}</PostForm<SetPassword>>
        <p class="hint">{context.say("form-wrong-account")}</p>
    }
    .into_any()
}
