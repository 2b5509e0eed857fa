//! The request body for the operator's own text-message gateway (`sms.http_body`). The template is parsed and tried out
//! at startup, so that a mistake in it stops the start and not a message.

use std::sync::Arc;

use minijinja::{Environment, UndefinedBehavior, context};

/// Every character that needs escaping in JSON and in forms, to try a template out.
const DIFFICULT: &str = "1\"2\\3\n4&5=6+7%8 9'ä😀";

const NAME_AS_JSON: &str = "body.json";
const NAME_AS_TEXT: &str = "body.txt";

/// A template that has been tried out.
#[derive(Clone, Debug)]
pub struct HookTemplate {
    environment: Arc<Environment<'static>>,
    name: &'static str,
}

/// The values that a template may use.
#[derive(Clone, Copy)]
pub struct HookValues<'a> {
    pub to: &'a str,
    pub text: &'a str,
    pub id: &'a str,
    pub from: &'a str,
}

impl HookTemplate {
    /// Parses a template for a body of the given content type and tries it out.
    pub(super) fn parse(source: &str, content_type: &str) -> Result<Self, String> {
        let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let is_json = kind == "application/json" || kind.ends_with("+json");
        let name = if is_json { NAME_AS_JSON } else { NAME_AS_TEXT };
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let fault = |error: minijinja::Error| format!("the template cannot be used: {error}");
        environment.add_template_owned(name, source.to_owned()).map_err(fault)?;
        let template = Self { environment: Arc::new(environment), name };

        let sample = HookValues { to: "+12025550123", text: DIFFICULT, id: "id", from: "Example" };
        let body = template.render(sample).map_err(fault)?;
        let without_text = template.render(HookValues { text: "", ..sample }).map_err(fault)?;
        let without_number = template.render(HookValues { to: "", ..sample }).map_err(fault)?;
        if body == without_text || body == without_number {
            return Err("the template must hold both {{ to }} and {{ text }}".into());
        }
        if is_json && serde_json::from_str::<serde_json::Value>(&body).is_err() {
            return Err("the template does not give JSON: write {\"to\": {{ to }}, \"text\": {{ text }}}, without \
                 quotation marks around the braces"
                .into());
        }
        let is_form = kind == "application/x-www-form-urlencoded";
        if is_form && !url::form_urlencoded::parse(body.as_bytes()).any(|(_, value)| value == DIFFICULT) {
            return Err(
                "the template does not give a form: write to={{ to|urlencode }}&text={{ text|urlencode }}".into()
            );
        }
        Ok(template)
    }

    /// The body of one request.
    ///
    /// # Errors
    /// When the template fails for these values although it passed the tryout.
    pub fn render(&self, values: HookValues<'_>) -> Result<String, minijinja::Error> {
        let HookValues { to, text, id, from } = values;
        self.environment.get_template(self.name)?.render(context! { to, text, id, from })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: HookValues<'_> = HookValues { to: "+12025550123", text: DIFFICULT, id: "id-1", from: "" };

    #[test]
    fn json_holds_every_text_without_a_filter() {
        for content_type in ["application/json", "application/json; charset=utf-8", "application/vnd.example+json"] {
            let template = HookTemplate::parse("{\"to\": {{ to }}, \"body\": [{{ text }}]}", content_type).unwrap();
            let body: serde_json::Value = serde_json::from_str(&template.render(VALUES).unwrap()).unwrap();
            assert_eq!(body, serde_json::json!({ "to": "+12025550123", "body": [DIFFICULT] }));
        }
    }

    #[test]
    fn a_form_holds_every_text_with_the_filter() {
        let source = "to={{ to|urlencode }}&text={{ text|urlencode }}&ref={{ id }}";
        let template = HookTemplate::parse(source, "application/x-www-form-urlencoded").unwrap();
        let body = template.render(VALUES).unwrap();
        let fields: Vec<_> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        let pairs = [("to", "+12025550123"), ("text", DIFFICULT), ("ref", "id-1")];
        assert_eq!(fields, pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn what_would_fail_later_is_refused_at_the_start() {
        let json = "application/json";
        let form = "application/x-www-form-urlencoded";
        for (source, content_type, fix) in [
            ("{\"to\": {{ to }}, \"text\": {{ text }", json, "cannot be used"),
            ("{\"to\": {{ to }}, \"text\": {{ message }}}", json, "cannot be used"),
            ("{\"to\": {{ to|base64 }}, \"text\": {{ text }}}", json, "cannot be used"),
            ("{\"to\": {{ to }}}", json, "both {{ to }} and {{ text }}"),
            ("{\"text\": {{ text }}}", json, "both {{ to }} and {{ text }}"),
            ("{\"to\": \"{{ to }}\", \"text\": \"{{ text }}\"}", json, "does not give JSON"),
            ("to={{ to }}&text={{ text }}", form, "does not give a form"),
        ] {
            let message = HookTemplate::parse(source, content_type).unwrap_err();
            assert!(message.contains(fix), "{source}: {message}");
        }
        assert!(HookTemplate::parse("{{ to }}\n{{ text }}", "text/plain").is_ok());
    }
}
