//! The names of the rate limits, as the table, the audit and the metrics know them, and what each limits.

use super::words::words;

words! {
    /// A rate limit. `limits` has the numbers.
    pub enum LimitName {
        /// The time between two messages to one identifier.
        IdentifierCooldown = "identifier_cooldown",
        /// Requests with one identifier in 15 minutes.
        Identifier15Minutes = "identifier_15_minutes",
        /// Requests with one identifier in a day.
        IdentifierDay = "identifier_day",
        /// The number of open requests that a caller allows for one identifier.
        IdentifierOpenRequests = "identifier_open_requests",
        /// Passwords that are tried for one identifier.
        SignIn = "sign_in",
        /// Messages to one account in 15 minutes.
        Account15Minutes = "account_15_minutes",
        /// Messages to one account in a day.
        AccountDay = "account_day",
        /// Wrong codes of one account in a day.
        WrongCodesDay = "wrong_codes_day",
        /// Wrong codes of one account since its last reset.
        WrongCodesInAll = "wrong_codes_in_all",
        /// The time between two messages to one address or number.
        DestinationCooldown = "destination_cooldown",
        /// Looks at the strength of a password for one reset.
        PasswordPreviews = "password_previews",
        /// Openings of the link of one reset.
        LinkOpenings = "link_openings",
        /// Sessions that begin with the links of one reset.
        Holders15Minutes = "holders_15_minutes",
        /// Passwords that come with the right code of one reset.
        CodeWithPassword = "code_with_password",
        /// Requests of one caller in 15 minutes.
        Caller15Minutes = "caller_15_minutes",
        /// Requests of one caller in a day.
        CallerDay = "caller_day",
        /// Sessions that one caller begins in 15 minutes.
        Visitors15Minutes = "visitors_15_minutes",
        /// Requests of one caller that may bring a text message, in an hour.
        TextsCallerHour = "texts_caller_hour",
        /// Whether a network has asked lately.
        NetworkSeen = "network_seen",
        /// Whether a network has begun a session lately.
        NetworkVisited = "network_visited",
        /// Tickets of one network that pass in an hour.
        TicketPassesHour = "ticket_passes_hour",
        /// Uses of one ticket.
        TicketUsed = "ticket_used",
        /// Requests with a number of one block that may bring a text message, in an hour.
        TextsBlockHour = "texts_block_hour",
        /// Text messages in an hour.
        TextsHour = "texts_hour",
        /// Text messages in a day.
        TextsDay = "texts_day",
        /// Requests on the pages in a minute.
        PagesMinute = "pages_minute",
        /// The same, by networks that have not asked lately.
        PagesUnseenMinute = "pages_unseen_minute",
        /// The same, with a solved puzzle.
        PagesProofsMinute = "pages_proofs_minute",
        /// The same, after the wait.
        PagesWaitsMinute = "pages_waits_minute",
        /// Requests with publishable keys in a minute.
        PublishableMinute = "publishable_minute",
        /// The same, by networks that have not asked lately.
        PublishableUnseenMinute = "publishable_unseen_minute",
        /// Requests with secret keys in a minute.
        SecretMinute = "secret_minute",
        /// Sessions that anybody begins in a minute.
        VisitorsMinute = "visitors_minute",
        /// The same, by networks that have not begun any lately.
        VisitorsUnseenMinute = "visitors_unseen_minute",
        /// Callers that get their own audit row for refusals.
        AuditCallers = "audit_callers",
        /// Writes of refusals to the audit.
        AuditWriting = "audit_writing",
    }
}

/// What a limit is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// One identifier, whether it has an account or not.
    Identifier,
    /// One account, or one identifier without an account.
    Account,
    /// One address or number, or a block of numbers.
    Destination,
    /// One reset.
    Reset,
    /// One caller with its networks.
    Caller,
    /// Everybody on the pages.
    Pages,
    /// Everybody.
    Everybody,
}

impl LimitName {
    /// What it is about.
    pub const fn subject(self) -> Subject {
        match self {
            Self::IdentifierCooldown
            | Self::Identifier15Minutes
            | Self::IdentifierDay
            | Self::IdentifierOpenRequests
            | Self::SignIn => Subject::Identifier,
            Self::Account15Minutes | Self::AccountDay | Self::WrongCodesDay | Self::WrongCodesInAll => Subject::Account,
            Self::DestinationCooldown | Self::TextsBlockHour => Subject::Destination,
            Self::PasswordPreviews | Self::LinkOpenings | Self::Holders15Minutes | Self::CodeWithPassword => {
                Subject::Reset
            }
            Self::Caller15Minutes
            | Self::CallerDay
            | Self::Visitors15Minutes
            | Self::TextsCallerHour
            | Self::NetworkSeen
            | Self::NetworkVisited
            | Self::TicketPassesHour
            | Self::TicketUsed => Subject::Caller,
            Self::PagesMinute | Self::PagesUnseenMinute | Self::PagesProofsMinute | Self::PagesWaitsMinute => {
                Subject::Pages
            }
            Self::TextsHour
            | Self::TextsDay
            | Self::PublishableMinute
            | Self::PublishableUnseenMinute
            | Self::SecretMinute
            | Self::VisitorsMinute
            | Self::VisitorsUnseenMinute
            | Self::AuditCallers
            | Self::AuditWriting => Subject::Everybody,
        }
    }
}
