//! Enums whose variants have a word each, for the database, settings and answers. The macro keeps the list of variants
//! and both directions together, so that none can be forgotten.

/// Defines an enum with a word per variant.
macro_rules! words {
    ($(#[$meta:meta])* $vis:vis enum $name:ident { $($(#[$about:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $vis enum $name {
            $($(#[$about])* $variant,)+
        }

        impl $name {
            /// Every variant, in the order of their declaration.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$variant),+];

            /// Its word.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }

            /// The variant with that word.
            pub fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

pub(crate) use words;

#[cfg(test)]
mod tests {
    words! {
        /// Two words.
        enum Answer {
            Yes = "yes",
            No = "no",
        }
    }

    #[test]
    fn words_lead_back_to_their_variants() {
        assert_eq!(Answer::ALL.map(Answer::as_str), ["yes", "no"]);
        for answer in Answer::ALL {
            assert_eq!(Answer::from_word(answer.as_str()), Some(answer));
        }
        assert_eq!(Answer::from_word("Yes"), None);
    }
}
