//! The field for the code. As plain HTML it takes typing, paste and what the browser offers by itself;
//! awake it also asks the phone for a text message that is bound to this page (WebOTP), and sends the
//! form once the person has agreed. Used by the page `/code`.

use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlInputElement;

/// The field, in the person's language. `invalid` marks it after a refused try.
#[island]
pub fn CodeField(label: String, hint: String, invalid: bool) -> impl IntoView {
    let field = NodeRef::<Input>::new();
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            spawn_local(async move {
                // No such interface, no message, or the person would rather type.
                let _filled = fill_from_text_message(&field).await;
            });
        }
    });
    view! {
        <div class="field">
            <label for="code">{label}</label>
            <input
                node_ref=field
                id="code"
                name="code"
                class="code"
                type="text"
                inputmode="numeric"
                autocomplete="one-time-code"
                autocapitalize="none"
                spellcheck="false"
                maxlength="20"
                required
                aria-invalid=invalid.then_some("true")
                aria-describedby=if invalid { "code-hint notice" } else { "code-hint" }
            />
            <p id="code-hint" class="hint">{hint}</p>
        </div>
    }
}

async fn fill_from_text_message(field: &HtmlInputElement) -> Result<(), JsValue> {
    let member = |of: &JsValue, name: &str| js_sys::Reflect::get(of, &JsValue::from_str(name));
    if !js_sys::Reflect::has(&window(), &JsValue::from_str("OTPCredential"))? {
        return Ok(());
    }
    let credentials = member(&member(&window(), "navigator")?, "credentials")?;
    let get: js_sys::Function = member(&credentials, "get")?.dyn_into()?;
    let wanted = js_sys::JSON::parse(r#"{"otp":{"transport":["sms"]}}"#)?;
    let credential = JsFuture::from(js_sys::Promise::from(get.call1(&credentials, &wanted)?)).await?;
    if let (Some(code), Some(form)) = (member(&credential, "code")?.as_string(), field.form()) {
        field.set_value(&code);
        form.request_submit()?;
    }
    Ok(())
}
