//! Asks the server how strong the typed password is. The server applies the same policy as to the form, so the bar
//! never promises what the form then rejects.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use serde::{Deserialize, Serialize};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{RequestInit, Response, UrlSearchParams};

/// What the strength bar shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strength {
    /// 0 to 4. The form rejects passwords below 3.
    pub score: u8,
    /// How strong the password is or what to do, in the person's language.
    pub hint: String,
}

/// What somebody has typed so far. It can't be printed.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TypedPassword(String);

impl std::fmt::Debug for TypedPassword {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("TypedPassword(…)")
    }
}

/// The strength of `password` for the account whose form is open in this browser. Like in the form, the password is
/// sent in the body of a POST. It isn't stored.
#[server(prefix = "/actions", endpoint = "password-strength")]
pub async fn password_strength(#[server(default)] password: TypedPassword) -> Result<Strength, ServerFnError> {
    Ok(crate::app::actions::assess_password(password.0).await?)
}

/// Calls [`password_strength`] with the browser's `fetch`, because the client that Leptos generates would add 9.2 kB to
/// this page (`docs/upstream.md`). `None` means that there is no answer, and the bar isn't shown.
pub async fn ask_password_strength(password: &str) -> Option<Strength> {
    let form = UrlSearchParams::new().ok()?;
    form.append("password", password);
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_body(&form);
    let answer = window().fetch_with_str_and_init(PasswordStrength::PATH, &request);
    let answer: Response = JsFuture::from(answer).await.ok()?.dyn_into().ok()?;
    if !answer.ok() {
        return None;
    }
    let strength = JsFuture::from(answer.json().ok()?).await.ok()?;
    let member = |name: &str| js_sys::Reflect::get(&strength, &JsValue::from_str(name)).ok();
    Some(Strength { score: member("score")?.as_f64()? as u8, hint: member("hint")?.as_string()? })
}
