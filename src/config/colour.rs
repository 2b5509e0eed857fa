//! Chooses the text colour that is easiest to read on the operator's accent colour.

/// Black or white, whichever has the higher contrast on `accent` (`#rrggbb`; WCAG 2.2 §1.4.3).
pub fn text_colour_on(accent: &str) -> &'static str {
    // White and black are equally readable if (1.05 / (L + 0.05)) = ((L + 0.05) / 0.05).
    if luminance(accent) > 0.179 { "#000000" } else { "#ffffff" }
}

/// The accent, if it is readable on a page of the given luminance; else black or white.
pub fn readable_accent(accent: &str, on_dark: bool) -> String {
    let page = if on_dark { 0.014 } else { 1.0 };
    let own = luminance(accent);
    let (lighter, darker) = if own > page { (own, page) } else { (page, own) };
    if (lighter + 0.05) / (darker + 0.05) >= 4.5 {
        accent.to_owned()
    } else if on_dark {
        mixed(accent, 255)
    } else {
        mixed(accent, 0)
    }
}

/// Relative luminance (WCAG 2.2), from 0 for black to 1 for white.
fn luminance(colour: &str) -> f64 {
    let [red, green, blue] = channels(colour).map(|channel| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// Moves a colour towards white (255) or black (0) until the contrast is sufficient.
fn mixed(colour: &str, towards: u8) -> String {
    let [red, green, blue] =
        channels(colour).map(|channel| ((u16::from(channel) * 2 + u16::from(towards) * 3) / 5).min(255));
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn channels(colour: &str) -> [u8; 3] {
    let channel = |at: usize| colour.get(at..at + 2).and_then(|hex| u8::from_str_radix(hex, 16).ok()).unwrap_or(0);
    [channel(1), channel(3), channel(5)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contrast(one: &str, other: &str) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn text_reads_well_on_any_accent() {
        for accent in ["#3b46c4", "#ffd400", "#ffffff", "#000000", "#7f7f7f", "#e11d48", "#22c55e", "#767676"] {
            assert!(contrast(text_colour_on(accent), accent) >= 4.5, "{accent}");
            assert!(contrast(&readable_accent(accent, false), "#ffffff") >= 4.5, "{accent} on light");
            assert!(contrast(&readable_accent(accent, true), "#202028") >= 4.5, "{accent} on dark");
        }
    }
}
