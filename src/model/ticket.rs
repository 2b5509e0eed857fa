//! Tickets for asking when a flood of requests has filled the limits. A ticket holds its time, the network it was
//! issued to and the difficulty of its puzzle. It is signed, so it needs no row until it is used. Whoever solves its
//! puzzle, or waits until it is ripe, may pass.

use std::time::Duration;

use subtle::ConstantTimeEq;

use super::{ServerKey, Timestamp, random_text};
use crate::puzzle::Puzzle;

/// What somebody brings to pass: the text of the ticket, and the solution of its puzzle, if any.
#[derive(Clone, Debug, Default)]
pub struct Pass {
    /// The text that the page carried.
    pub ticket: String,
    /// A number in digits. Anything else solves nothing.
    pub proof: String,
}

/// A ticket issued by this service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    issued_at: Timestamp,
    bits: u32,
    nonce: String,
    seal: String,
}

impl Ticket {
    /// How long a ticket can be used.
    pub const LIFETIME: Duration = Duration::from_secs(5 * 60);

    /// How long somebody has to wait who does not solve the puzzle.
    pub const WAIT: Duration = Duration::from_secs(20);

    /// Issues a ticket to the narrowest network of a caller.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn issue(key: &ServerKey, network: &str, bits: u32, now: Timestamp) -> Result<Self, getrandom::Error> {
        let nonce = random_text::<12>()?;
        let seal = seal(key, network, now, bits, &nonce);
        Ok(Self { issued_at: now, bits, nonce, seal })
    }

    /// Reads a ticket. `None` if it was not issued here, belongs to another network, or has expired.
    pub fn read(key: &ServerKey, network: &str, text: &str, now: Timestamp) -> Option<Self> {
        let mut parts = text.split('.');
        let (issued_at, bits, nonce, given) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let issued_at = Timestamp::from_millis(issued_at.parse().ok()?);
        let bits = bits.parse().ok()?;
        let seal = seal(key, network, issued_at, bits, nonce);
        let is_ours = bool::from(seal.as_bytes().ct_eq(given.as_bytes()));
        let is_over = issued_at.after(Self::LIFETIME) <= now;
        (is_ours && !is_over).then(|| Self { issued_at, bits, nonce: nonce.to_owned(), seal })
    }

    /// The text for a page.
    pub fn text(&self) -> String {
        format!("{}.{}.{}.{}", self.issued_at.millis(), self.bits, self.nonce, self.seal)
    }

    /// The seed of the puzzle. It also identifies the ticket.
    pub fn seed(&self) -> &str {
        &self.seal
    }

    /// The number of zero bits that the solution must give.
    pub const fn bits(&self) -> u32 {
        self.bits
    }

    /// Whether `proof` solves the puzzle.
    pub fn is_solved_by(&self, proof: &str) -> bool {
        let puzzle = Puzzle::new(&self.seal).zip(proof.parse().ok());
        puzzle.is_some_and(|(puzzle, number)| puzzle.is_solved_by(number, self.bits))
    }

    /// How long until it passes without a solution.
    pub fn ripe_in(&self, now: Timestamp) -> Duration {
        self.issued_at.after(Self::WAIT).since(now)
    }
}

fn seal(key: &ServerKey, network: &str, issued_at: Timestamp, bits: u32, nonce: &str) -> String {
    key.keyed_hash("ticket", &[network, &issued_at.millis().to_string(), &bits.to_string(), nonce])
}

#[cfg(test)]
mod tests {
    use super::*;

    const BITS: u32 = 8;

    fn solution(ticket: &Ticket) -> String {
        let puzzle = Puzzle::new(ticket.seed()).unwrap();
        (0..).find(|number| puzzle.is_solved_by(*number, ticket.bits)).unwrap().to_string()
    }

    #[test]
    fn a_ticket_is_for_one_network_and_five_minutes() {
        let (key, now) = (ServerKey::random().unwrap(), Timestamp::from_millis(1_000_000));
        let ticket = Ticket::issue(&key, "192.0.2.7", BITS, now).unwrap();
        let text = ticket.text();
        let last = now.after(Ticket::LIFETIME - Duration::from_millis(1));
        assert_eq!(Ticket::read(&key, "192.0.2.7", &text, last), Some(ticket));
        assert_eq!(Ticket::read(&key, "192.0.2.7", &text, now.after(Ticket::LIFETIME)), None);
        assert_eq!(Ticket::read(&key, "192.0.2.8", &text, now), None);
        assert_eq!(Ticket::read(&ServerKey::random().unwrap(), "192.0.2.7", &text, now), None);
    }

    #[test]
    fn whoever_changes_a_ticket_has_none() {
        let (key, now) = (ServerKey::random().unwrap(), Timestamp::from_millis(1_000_000));
        let text = Ticket::issue(&key, "192.0.2.7", BITS, now).unwrap().text();
        for changed in [
            text.replace(".8.", ".0."),
            text.replace("1000000", "900000"),
            format!("{text}.x"),
            format!("{text}x"),
            String::new(),
            "...".to_owned(),
        ] {
            assert_eq!(Ticket::read(&key, "192.0.2.7", &changed, now), None, "{changed}");
        }
    }

    #[test]
    fn it_passes_with_the_solution_of_its_own_puzzle_or_after_the_wait() {
        let (key, now) = (ServerKey::random().unwrap(), Timestamp::from_millis(1_000_000));
        let ticket = Ticket::issue(&key, "192.0.2.7", 17, now).unwrap();
        assert!(ticket.is_solved_by(&solution(&ticket)));
        for none in ["", "x", "-1", "99999999999999999999"] {
            assert!(!ticket.is_solved_by(none), "{none}");
        }
        let other = Ticket::issue(&key, "192.0.2.7", BITS, now).unwrap();
        assert!(other.is_solved_by(&solution(&other)));
        assert_eq!(ticket.ripe_in(now), Ticket::WAIT);
        assert_eq!(ticket.ripe_in(now.after(Ticket::WAIT)), Duration::ZERO);
    }
}
