//! The seven-bit alphabet of text messages, and the number of segments that a text needs.

/// The basic character set (3GPP TS 23.038 §6.2.1): one septet each.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// The extension table (3GPP TS 23.038 §6.2.1.1): an escape and a septet.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// Whether a text can be sent in seven bits per character. If not, it needs sixteen, and less than half as much fits.
pub fn is_gsm7(text: &str) -> bool {
    text.chars().all(|character| BASIC.contains(character) || EXTENSION.contains(character))
}

/// The number of segments that a text needs; each one costs. In a message of several segments, a header that joins them
/// makes each one shorter (3GPP TS 23.040 §9.2.3.24.1).
pub fn segments(text: &str) -> usize {
    let (units, single, joined) = if is_gsm7(text) {
        (text.chars().map(|character| if EXTENSION.contains(character) { 2 } else { 1 }).collect(), 160, 153)
    } else {
        (text.chars().map(char::len_utf16).collect::<Vec<usize>>(), 70, 67)
    };
    if units.iter().sum::<usize>() <= single {
        return 1;
    }
    // A character of two units is never split: it moves to the next segment.
    let mut parts = 1;
    let mut used = 0;
    for unit in units {
        if used + unit > joined {
            parts += 1;
            used = 0;
        }
        used += unit;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_alphabet_has_its_128_places() {
        assert_eq!(BASIC.chars().count(), 127, "and the escape");
        assert_eq!(EXTENSION.chars().count(), 10);
        assert!(is_gsm7("Größe: 5 € [ÄÖÜ] @example #123456\r\n"));
        for text in ["ê", "“quoted”", "…", "`", "\t", "ç", "😀", "–"] {
            assert!(!is_gsm7(text), "{text}");
        }
    }

    #[test]
    fn parts_are_counted_as_phones_join_them() {
        for (text, parts) in [
            ("", 1),
            (&*"a".repeat(160), 1),
            (&*"a".repeat(161), 2),
            (&*"a".repeat(306), 2),
            (&*"a".repeat(307), 3),
            (&*"€".repeat(80), 1),
            (&*"€".repeat(81), 2),
            // 76 characters of two septets fill 152 of 153 septets.
            (&*"€".repeat(153), 3),
            (&*"ê".repeat(70), 1),
            (&*"ê".repeat(71), 2),
            (&*"😀".repeat(35), 1),
            (&*"😀".repeat(36), 2),
            // 33 pairs fill 66 of 67 units.
            (&*"😀".repeat(67), 3),
        ] {
            assert_eq!(segments(text), parts, "{text}");
        }
    }
}
