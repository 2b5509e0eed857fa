//! Renders text messages. They cost by segments, so the longest form that fits into one segment is used. The last line
//! of a message with a code names our host, so that phones offer the code to our page and to no other (WICG
//! origin-bound one-time codes; SECURITY.md, requirement 36).

use super::render::Renderer;
use super::sms::{RenderedText, segments};
use crate::i18n::{Value, text};
use crate::model::{TextContent, TextMessage};

impl Renderer {
    /// Renders a text message. `id` identifies it for the provider.
    pub fn render_text(&self, message: &TextMessage, id: &str) -> RenderedText {
        let product = ("product", self.product.as_str());
        let text = match &message.content {
            TextContent::Code(code) => {
                let binding = format!("\n\n@{} #{}", self.host, code.expose());
                let values = [product, ("code", code.expose())];
                self.form_that_fits(message, "sms-code", &values, &binding)
            }
            TextContent::Changed { changed_at } => {
                let time = changed_at.for_people();
                let values = [product, ("time", time.as_str()), ("host", self.host.as_str())];
                self.form_that_fits(message, "sms-changed", &values, "")
            }
            TextContent::CodesClosed => self.form_that_fits(message, "sms-closed", &[product], ""),
        };
        RenderedText { to: message.to.clone(), text, id: id.to_owned() }
    }

    /// The long form if it fits into one segment together with what is appended, else the short one.
    fn form_that_fits(&self, message: &TextMessage, name: &str, values: &[(&str, &str)], end: &str) -> String {
        let say = |name: &str| {
            let minutes = [("minutes", Value::Number(self.code_minutes))];
            let values = values.iter().map(|(name, value)| (*name, Value::Text(value)));
            let values: Vec<(&str, Value<'_>)> = values.chain(minutes).collect();
            format!("{}{end}", text(message.locale, name, &values))
        };
        let long = say(name);
        if segments(&long) == 1 { long } else { say(&format!("{name}-short")) }
    }
}
