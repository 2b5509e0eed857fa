//! Asks the server how strong the typed password is: the same policy that decides in the end, so the
//! bar never promises what the form then refuses. Called by the password fields while somebody types.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestInit, Response, UrlSearchParams};

/// What the bar shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strength {
    /// 0 to 4; below 3 the form refuses.
    pub score: u8,
    /// In words, in the person's language: how strong, or what to do.
    pub hint: String,
}

/// The strength of `password` for the account whose form is open in this browser. The password
/// travels in the body of a POST, as it does when the form is sent, and is not kept.
#[server(prefix = "/actions", endpoint = "password-strength")]
pub async fn password_strength(#[server(default)] password: String) -> Result<Strength, ServerFnError> {
    crate::app::actions::assess_password(password).await
}

/// Calls [`password_strength`] with the browser's own `fetch`: the client that comes with server
/// functions would add a fifth to the WASM of this page. `None`: no answer, and no bar.
pub async fn ask_password_strength(password: &str) -> Option<Strength> {
    let form = UrlSearchParams::new().ok()?;
    form.append("password", password);
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_body(&form);
    let answer = window().fetch_with_str_and_init("/actions/password-strength", &request);
    let answer: Response = JsFuture::from(answer).await.ok()?.dyn_into().ok()?;
    if !answer.ok() {
        return None;
    }
    let strength = JsFuture::from(answer.json().ok()?).await.ok()?;
    let member = |name: &str| js_sys::Reflect::get(&strength, &JsValue::from_str(name)).ok();
    Some(Strength { score: member("score")?.as_f64()? as u8, hint: member("hint")?.as_string()? })
}
