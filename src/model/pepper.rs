//! The secret that an app adds to every password before it is hashed.

use zeroize::Zeroizing;

/// A pepper. It is wiped from memory on drop and never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Pepper(Zeroizing<String>);

impl Pepper {
    /// Takes ownership of the text, exactly as the app has it.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The pepper itself, only for the hash.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Pepper {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Pepper(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pepper_is_never_printed() {
        assert_eq!(format!("{:?}", Pepper::new("c0ffee".to_owned())), "Pepper(…)");
    }
}
