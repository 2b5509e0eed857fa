//! The request body for the operator's own text-message gateway (`sms.http_body`). The template is parsed and tried out
//! at startup, so that a mistake in it stops the start and not a message.

use std::sync::Arc;

/// Every character that needs escaping in JSON and in forms, to try a template out.
const DIFFICULT: &str = "1\"2\\3\n4&5=6+7%8 9'ä😀";

const FILTER: &str = "urlencode";

/// A body with placeholders: `{{ to }}`.
#[derive(Clone, Debug)]
pub struct HookTemplate(Arc<[Part]>);

#[derive(Debug)]
enum Part {
    Literal(String),
    Placeholder(Field, Encoding),
}

#[derive(Clone, Copy, Debug)]
enum Field {
    To,
    Text,
    Id,
    From,
}

/// How a value is written into the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Encoding {
    /// A JSON string with its quotation marks.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    Plain,
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
        let encoding = Encoding::of(content_type);
        let template = Self(parts(source, encoding)?.into());
        let sample = HookValues { to: "+12025550123", text: DIFFICULT, id: "id", from: "Example" };
        let body = template.render(sample);
        let without_text = template.render(HookValues { text: "", ..sample });
        let without_number = template.render(HookValues { to: "", ..sample });
        if body == without_text || body == without_number {
            return Err("the template must hold both {{ to }} and {{ text }}".into());
        }
        match encoding {
            Encoding::Json if serde_json::from_str::<serde_json::Value>(&body).is_err() => {
                Err("the template does not give JSON: write {\"to\": {{ to }}, \"text\": {{ text }}}, without \
                     quotation marks around the braces"
                    .into())
            }
            Encoding::Form if !url::form_urlencoded::parse(body.as_bytes()).any(|(_, value)| value == DIFFICULT) => {
                Err("the template does not give a form: write to={{ to }}&text={{ text }}".into())
            }
            Encoding::Json | Encoding::Form | Encoding::Plain => Ok(template),
        }
    }

    /// The body of one request.
    pub fn render(&self, values: HookValues<'_>) -> String {
        let mut body = String::new();
        for part in &*self.0 {
            match part {
                Part::Literal(text) => body.push_str(text),
                Part::Placeholder(field, encoding) => body.push_str(&encoding.write(field.of(values))),
            }
        }
        body
    }
}

/// Cuts a template at its placeholders. `|urlencode` may be named where a value is encoded like that anyway.
fn parts(source: &str, encoding: Encoding) -> Result<Vec<Part>, String> {
    let fault = |fault: String| format!("the template cannot be used: {fault}");
    let (mut parts, mut rest) = (Vec::new(), source);
    while let Some((before, after)) = rest.split_once("{{") {
        let (placeholder, after) =
            after.split_once("}}").ok_or_else(|| fault("a placeholder ends with two closing braces".into()))?;
        let (name, filter) = match placeholder.split_once('|') {
            Some((name, filter)) => (name.trim(), Some(filter.trim())),
            None => (placeholder.trim(), None),
        };
        let field = Field::named(name)
            .ok_or_else(|| fault(format!("there is no {name:?}; placeholders are to, text, id and from")))?;
        let encoding = match filter {
            None => encoding,
            Some(FILTER) if encoding != Encoding::Json => Encoding::Form,
            Some(filter) => return Err(fault(format!("there is no filter {filter:?} for this content type"))),
        };
        parts.push(Part::Literal(before.to_owned()));
        parts.push(Part::Placeholder(field, encoding));
        rest = after;
    }
    parts.push(Part::Literal(rest.to_owned()));
    Ok(parts)
}

impl Field {
    fn named(name: &str) -> Option<Self> {
        match name {
            "to" => Some(Self::To),
            "text" => Some(Self::Text),
            "id" => Some(Self::Id),
            "from" => Some(Self::From),
            _ => None,
        }
    }

    const fn of(self, values: HookValues<'_>) -> &str {
        match self {
            Self::To => values.to,
            Self::Text => values.text,
            Self::Id => values.id,
            Self::From => values.from,
        }
    }
}

impl Encoding {
    fn of(content_type: &str) -> Self {
        let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match kind.as_str() {
            "application/x-www-form-urlencoded" => Self::Form,
            "application/json" => Self::Json,
            kind if kind.ends_with("+json") => Self::Json,
            _ => Self::Plain,
        }
    }

    fn write(self, value: &str) -> String {
        match self {
            Self::Json => serde_json::Value::from(value).to_string(),
            Self::Form => url::form_urlencoded::byte_serialize(value.as_bytes()).collect(),
            Self::Plain => value.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: HookValues<'_> = HookValues { to: "+12025550123", text: DIFFICULT, id: "id-1", from: "" };

    #[test]
    fn json_holds_every_text() {
        for content_type in ["application/json", "application/json; charset=utf-8", "application/vnd.example+json"] {
            let template = HookTemplate::parse("{\"to\": {{ to }}, \"body\": [{{text}}]}", content_type).unwrap();
            let body: serde_json::Value = serde_json::from_str(&template.render(VALUES)).unwrap();
            assert_eq!(body, serde_json::json!({ "to": "+12025550123", "body": [DIFFICULT] }));
        }
    }

    #[test]
    fn a_form_holds_every_text_with_and_without_the_filter() {
        for source in
            ["to={{ to }}&text={{ text }}&ref={{ id }}", "to={{ to|urlencode }}&text={{text | urlencode}}&ref={{ id }}"]
        {
            let template = HookTemplate::parse(source, "application/x-www-form-urlencoded").unwrap();
            let body = template.render(VALUES);
            let fields: Vec<_> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
            let pairs = [("to", "+12025550123"), ("text", DIFFICULT), ("ref", "id-1")];
            assert_eq!(fields, pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        }
    }

    // Else a text with braces would be filled in a second time.
    #[test]
    fn values_are_not_templates() {
        let template = HookTemplate::parse("{{ to }} {{ text }}", "text/plain").unwrap();
        assert_eq!(template.render(HookValues { text: "{{ to }}", ..VALUES }), "+12025550123 {{ to }}");
    }

    #[test]
    fn what_would_fail_later_is_refused_at_the_start() {
        let json = "application/json";
        let form = "application/x-www-form-urlencoded";
        for (source, content_type, fix) in [
            ("{\"to\": {{ to }}, \"text\": {{ text }", json, "cannot be used"),
            ("{\"to\": {{ to }}, \"text\": {{ message }}}", json, "there is no \"message\""),
            ("{\"to\": {{ to|base64 }}, \"text\": {{ text }}}", json, "there is no filter \"base64\""),
            ("{\"to\": {{ to|urlencode }}, \"text\": {{ text }}}", json, "there is no filter"),
            ("{\"to\": {{ to }}}", json, "both {{ to }} and {{ text }}"),
            ("{\"text\": {{ text }}}", json, "both {{ to }} and {{ text }}"),
            ("{\"to\": \"{{ to }}\", \"text\": \"{{ text }}\"}", json, "does not give JSON"),
            ("{\"to\": {{ to }}, \"text\": {{ text }}}", form, "does not give a form"),
        ] {
            let message = HookTemplate::parse(source, content_type).unwrap_err();
            assert!(message.contains(fix), "{source}: {message}");
        }
        assert!(HookTemplate::parse("{{ to }}\n{{ text }}", "text/plain").is_ok());
    }
}
