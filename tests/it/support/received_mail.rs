//! A message as the mail server received it, and what a person finds in it.

use mail_parser::MessageParser;

#[derive(Clone, Debug)]
pub(crate) struct ReceivedMail {
    pub(crate) sender: String,
    pub(crate) recipients: Vec<String>,
    pub(crate) raw: String,
}

impl ReceivedMail {
    fn parsed(&self) -> mail_parser::Message<'_> {
        MessageParser::default().parse(self.raw.as_bytes()).expect("a message")
    }

    pub(crate) fn subject(&self) -> String {
        self.parsed().subject().unwrap_or_default().to_owned()
    }

    pub(crate) fn text(&self) -> String {
        self.parsed().body_text(0).expect("a text part").into_owned()
    }

    pub(crate) fn html(&self) -> String {
        self.parsed().body_html(0).expect("an HTML part").into_owned()
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.parsed().header_raw(name.to_owned()).map(|value| value.trim().to_owned())
    }

    /// The names of the headers of the whole message, in their order.
    pub(crate) fn header_names(&self) -> Vec<String> {
        self.parsed().headers().iter().map(|header| header.name().to_owned()).collect()
    }

    /// What stands behind `?key=` in the link that begins with that path.
    fn key(&self, path: &str) -> String {
        let text = self.text();
        let link = text.lines().find(|line| line.contains(path)).expect(path);
        let key = link.split("key=").nth(1).expect("a key");
        key.split('&').next().unwrap().trim().to_owned()
    }

    pub(crate) fn link_key(&self) -> String {
        self.key("/verify?")
    }

    pub(crate) fn cancel_key(&self) -> String {
        self.key("/not-me?")
    }

    pub(crate) fn cancel_key_if_any(&self) -> Option<String> {
        self.text().contains("/not-me?").then(|| self.cancel_key())
    }

    pub(crate) fn code(&self) -> String {
        self.code_if_any().expect("a code")
    }

    pub(crate) fn code_if_any(&self) -> Option<String> {
        let text = self.text();
        let is_code = |line: &&str| line.len() == 9 && line.chars().filter(char::is_ascii_digit).count() == 8;
        text.lines().find(is_code).map(|line| line.replace(' ', ""))
    }
}
