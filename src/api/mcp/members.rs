//! Rejects JSON with duplicate members: a gateway in front might show a person the first one while the library uses the
//! last one (SECURITY.md, requirement 5).

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Any JSON without duplicate members.
pub(super) struct OnceEach;

impl<'de> Deserialize<'de> for OnceEach {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Walk)
    }
}

struct Walk;

impl<'de> Visitor<'de> for Walk {
    type Value = OnceEach;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON without duplicate members")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<OnceEach, A::Error> {
        let mut seen = HashSet::new();
        while let Some(name) = members.next_key::<String>()? {
            members.next_value::<OnceEach>()?;
            if !seen.insert(name) {
                return Err(A::Error::custom("duplicate member"));
            }
        }
        Ok(OnceEach)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<OnceEach, A::Error> {
        while items.next_element::<OnceEach>()?.is_some() {}
        Ok(OnceEach)
    }

    fn visit_unit<E>(self) -> Result<OnceEach, E> {
        Ok(OnceEach)
    }

    fn visit_bool<E>(self, _value: bool) -> Result<OnceEach, E> {
        Ok(OnceEach)
    }

    fn visit_i64<E>(self, _value: i64) -> Result<OnceEach, E> {
        Ok(OnceEach)
    }

    fn visit_u64<E>(self, _value: u64) -> Result<OnceEach, E> {
        Ok(OnceEach)
    }

    fn visit_f64<E>(self, _value: f64) -> Result<OnceEach, E> {
        Ok(OnceEach)
    }

    fn visit_str<E>(self, _value: &str) -> Result<OnceEach, E> {
        Ok(OnceEach)
    }
}

#[cfg(test)]
mod tests {
    use super::OnceEach;

    fn is_taken(json: &str) -> bool {
        serde_json::from_str::<OnceEach>(json).is_ok()
    }

    // SECURITY.md, requirement 5
    #[test]
    fn a_member_that_is_there_twice_at_any_depth_is_refused() {
        assert!(is_taken(r#"{"a":{"b":[1,-1,1.5,true,null,"x",{"c":1}]},"b":{"b":2}}"#));
        for json in [
            r#"{"a":1,"a":2}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"params":{"arguments":{"username":"shown","username":"victim"}}}"#,
            r#"[{"a":1},{"a":1,"a":1}]"#,
            r#"{"a":"#,
        ] {
            assert!(!is_taken(json), "{json}");
        }
    }
}
