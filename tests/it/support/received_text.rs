//! A text message as the gateway received it, and what a phone finds in it.

use super::Received;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReceivedText {
    pub(crate) to: String,
    pub(crate) text: String,
}

impl ReceivedText {
    pub(crate) fn read(request: &Received) -> Self {
        Self::find(request).expect("a text message")
    }

    /// `None`: it is an event for an app.
    pub(crate) fn find(request: &Received) -> Option<Self> {
        let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
        let member = |name: &str| body[name].as_str().map(str::to_owned);
        Some(Self { to: member("to")?, text: member("text")? })
    }

    /// Host and code as a phone reads them, where there is a code: the last line is an `@`, the host, one
    /// space, a `#` and the code (WICG "Origin-bound one-time codes delivered via SMS", §3).
    pub(crate) fn bound_code(&self) -> Option<(String, String)> {
        let last = self.text.rsplit('\n').next()?;
        let (host, code) = last.strip_prefix('@')?.split_once(" #")?;
        let plain = |text: &str| !text.is_empty() && !text.contains(char::is_whitespace);
        (plain(host) && plain(code)).then(|| (host.to_owned(), code.to_owned()))
    }

    pub(crate) fn code(&self) -> String {
        self.bound_code().expect("a code").1
    }

    /// Another code of the same length.
    pub(crate) fn wrong_code(&self) -> String {
        self.code().chars().map(|digit| if digit == '9' { '0' } else { (digit as u8 + 1) as char }).collect()
    }

    /// What must be in no log. Six digits alone are in many a line by chance.
    pub(crate) fn logged_forms(&self) -> Vec<String> {
        let codes = self.bound_code().into_iter().flat_map(|(_, code)| {
            [format!("#{code}"), format!("code={code}"), format!("\"{code}\""), format!(": {code}.")]
        });
        codes.chain([self.to.clone()]).collect()
    }
}
