//! Compares a `Content-Type` with a media type.

use mime::{CHARSET, Mime};

/// Whether a `Content-Type` is the given media type in UTF-8. Other charsets are not supported.
pub fn is_in_utf8(content_type: &str, media_type: &str) -> bool {
    let content_type = content_type.trim_end_matches([' ', ';']).parse::<Mime>();
    content_type.is_ok_and(|mime| {
        let mut charsets = mime.params().filter(|(name, _)| *name == CHARSET);
        mime.essence_str().eq_ignore_ascii_case(media_type)
            && charsets.all(|(_, charset)| charset.as_str().eq_ignore_ascii_case("utf-8"))
    })
}

#[cfg(test)]
mod tests {
    use super::is_in_utf8;

    #[test]
    fn a_body_is_read_as_utf_8_and_as_nothing_else() {
        let json = "application/json";
        for right in [
            "application/json",
            "Application/JSON",
            "application/json;",
            "application/json; charset=utf-8",
            "application/json;charset=UTF-8",
            "application/json; Charset=\"utf-8\"",
            "application/json; version=1",
        ] {
            assert!(is_in_utf8(right, json), "{right}");
        }
        for wrong in [
            "",
            "text/json",
            "application/json-seq",
            "application/json, application/json",
            "application/json; charset=utf-16",
            "application/json; charset=\"UTF-16LE\"",
            "application/json; charset=utf-7",
            "application/json; charset=iso-8859-1",
            "application/json; charset=utf-8; charset=utf-16",
            "application/json; version=1; charset=utf-32",
            "application/json; charset=",
        ] {
            assert!(!is_in_utf8(wrong, json), "{wrong}");
        }
        assert!(is_in_utf8("application/x-amz-json-1.1; charset=utf-8", "application/x-amz-json-1.1"));
    }
}
