//! Numbers that were renumbered, or are written with digits that are not dialled in their country: which number they
//! mean. A number that its country has assigned always means itself.

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberType};

/// The number in use today that an unassigned number in E.164 means, else `None`.
///
/// - Brazil (+55): mobile numbers of eight digits got a 9 in front.
/// - Benin (+229): numbers of eight digits got 01 in front.
/// - Italy (+39): mobile numbers have lost the zero that fixed lines keep.
/// - Mexico (+52): mobile numbers have lost the 1 and the prefixes 01, 044 and 045.
/// - Argentina (+54): mobile numbers have no 15 after the 9.
pub(super) fn successor(number: &str) -> Option<String> {
    if is_assigned(number) {
        return None;
    }
    let (country, national) = split(number)?;
    let successor = match country {
        "+55" if is_mobile_of_brazil(national) => format!("+55{}9{}", &national[..2], &national[2..]),
        "+229" if national.len() == 8 => format!("+22901{national}"),
        "+39" if national.starts_with("03") => format!("+39{}", &national[1..]),
        "+52" => {
            let without = |prefix: &str| national.strip_prefix(prefix).filter(|rest| rest.len() == 10);
            format!("+52{}", ["1", "01", "044", "045"].into_iter().find_map(without)?)
        }
        "+54" if national.len() == 13 => {
            // The library knows the length of the area code.
            let dialled = PHONE_NUMBER_UTIL.parse(format!("+54{}", national.strip_prefix('9')?), None).ok()?;
            dialled.format_as(rlibphonenumber::PhoneNumberFormat::E164).into_owned()
        }
        _ => return None,
    };
    is_carried(&successor).then_some(successor)
}

/// The old form under which the same number may be stored.
pub(super) fn predecessor(number: &str) -> Option<String> {
    let (country, national) = split(number)?;
    let predecessor = match country {
        "+55" if national.len() == 11 => format!("+55{}{}", &national[..2], &national[3..]),
        "+229" if national.len() == 10 => format!("+229{}", &national[2..]),
        "+39" => format!("+390{national}"),
        "+52" if national.len() == 10 => format!("+521{national}"),
        _ => return None,
    };
    (successor(&predecessor).as_deref() == Some(number)).then_some(predecessor)
}

/// The country code and the rest, for the countries above.
fn split(number: &str) -> Option<(&'static str, &str)> {
    let countries = ["+229", "+39", "+52", "+54", "+55"];
    let (country, national) = countries.into_iter().find_map(|code| Some((code, number.strip_prefix(code)?)))?;
    national.bytes().all(|byte| byte.is_ascii_digit()).then_some((country, national))
}

/// Whether it is an area code and eight digits that are not a fixed line.
fn is_mobile_of_brazil(national: &str) -> bool {
    national.len() == 10 && matches!(national.as_bytes()[2], b'6'..=b'9')
}

fn is_assigned(number: &str) -> bool {
    PHONE_NUMBER_UTIL.parse(number, None).is_ok_and(|number| number.is_valid())
}

fn is_carried(number: &str) -> bool {
    let kind = PHONE_NUMBER_UTIL.parse(number, None).map(|number| number.get_type());
    matches!(kind, Ok(PhoneNumberType::Mobile | PhoneNumberType::FixedLineOrMobile))
}
