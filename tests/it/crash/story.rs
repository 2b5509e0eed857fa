//! What one person did and what was answered, and so what must be true afterwards.

/// Something that was good once and must be refused for ever.
#[derive(Clone, Debug)]
pub(super) enum Dead {
    /// The key of a link.
    Link(String),
    /// An access token.
    Token(String),
    /// A code, with the path that it was checked at.
    Code { verify: String, code: String },
}

/// What must become of the password.
#[derive(Clone, Debug)]
pub(super) enum Password {
    /// Nothing that was answered has changed it.
    Old,
    /// It is one of those that were tried: the answer was lost, but a later try found it done.
    OneOf(Vec<String>),
    /// "This wasn't me" took it away.
    None,
}

#[derive(Clone, Debug)]
pub(super) struct Story {
    pub(super) email: String,
    pub(super) username: String,
    pub(super) has_account: bool,
    /// Requests that were answered with a promise.
    pub(super) accepted: usize,
    /// The challenges that were named in the answers.
    pub(super) challenges: Vec<String>,
    /// Answers to opened links that brought a token.
    pub(super) links_opened: usize,
    /// Answers to wrong codes.
    pub(super) codes_refused: usize,
    /// Answers to right ones.
    pub(super) codes_proven: usize,
    /// "This wasn't me" was answered.
    pub(super) cancelled: bool,
    /// "Your password is set" was answered.
    pub(super) was_told_done: bool,
    /// Every password that was sent.
    pub(super) tried: Vec<String>,
    pub(super) password: Password,
    pub(super) dead: Vec<Dead>,
}

impl Story {
    pub(super) fn of(number: usize, has_account: bool) -> Self {
        let name = if has_account { "person" } else { "stranger" };
        Self {
            email: format!("{name}{number}@example.org"),
            username: format!("{name}{number}"),
            has_account,
            accepted: 0,
            challenges: Vec::new(),
            links_opened: 0,
            codes_refused: 0,
            codes_proven: 0,
            cancelled: false,
            was_told_done: false,
            tried: Vec::new(),
            password: Password::Old,
            dead: Vec::new(),
        }
    }

    /// A password that nobody has tried before.
    pub(super) fn next_password(&mut self) -> String {
        let password = format!("meadow-copper-violin-{}-{}", self.username, self.tried.len());
        self.tried.push(password.clone());
        password
    }
}
