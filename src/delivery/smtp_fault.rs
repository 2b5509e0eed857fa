//! What a failed conversation with the mail server means for a message.

use lettre::transport::smtp::Error;

use super::send_error::SendError;

/// Reasons why a conversation failed.
pub(super) const UNREADABLE: &str = "the mail server's answer cannot be understood";
pub(super) const CLOSED: &str = "the mail server closed the connection";
pub(super) const UNPROTECTED: &str = "TLS with the mail server failed";
pub(super) const UNREACHED: &str = "the connection to the mail server failed";
pub(super) const SILENT: &str = "the mail server does not answer in time";

/// The server does not send lines of SMTP.
#[derive(Debug, thiserror::Error)]
#[error("a line without CRLF, or a very long one")]
pub(super) struct NoLine;

/// A permanent refusal ends the message, unless it is about our user name and password: the operator has to fix those,
/// and mail waits for it (RFC 4954 §4, §6).
pub(super) fn judge(error: &Error) -> SendError {
    let code = error.status().map(|code| {
        u16::from(code.severity as u8) * 100 + u16::from(code.category as u8) * 10 + u16::from(code.detail as u8)
    });
    code.map_or_else(|| SendError::transient(describe(error)), refused)
}

/// The same for the code of an answer.
pub(super) fn refused(code: u16) -> SendError {
    let words = format!("the mail server answered {code}");
    let about_sign_in = matches!(code, 530 | 534 | 535 | 538);
    if code >= 500 && !about_sign_in { SendError::Permanent(words) } else { SendError::transient(words) }
}

/// What is logged: a server's text may repeat the address of the person, so only the code and the kind of the error are
/// kept.
fn describe(error: &Error) -> String {
    let cause = std::error::Error::source(error);
    let causes = std::iter::successors(cause, |cause| cause.source());
    let faults: Vec<&std::io::Error> = causes.filter_map(|cause| cause.downcast_ref()).collect();
    let broken_tls = faults.iter().any(|fault| fault.kind() == std::io::ErrorKind::InvalidData);
    let no_line =
        faults.iter().any(|fault| fault.get_ref().is_some_and(|inner| inner.downcast_ref::<NoLine>().is_some()));
    let cut_off = cause.is_some_and(|cause| cause.to_string() == "incomplete response");
    let words = match () {
        () if error.is_timeout() => SILENT,
        () if broken_tls => UNPROTECTED,
        () if error.is_client() => "the mail server does not support what this message needs (SMTPUTF8, 8BITMIME)",
        () if no_line || (error.is_response() && cause.is_some() && !cut_off) => UNREADABLE,
        () if error.is_response() => CLOSED,
        () => UNREACHED,
    };
    words.to_owned()
}
