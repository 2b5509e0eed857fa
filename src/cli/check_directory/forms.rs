//! Compares the passwords that are stored with the form of new ones.

use super::{Failure, Subject};
use crate::accounts::describe;
use crate::cli::output::Output;

/// How many of the newest passwords are looked at.
const NEWEST: u32 = 50;

/// Says in which forms the newest passwords are. Gives a problem if the app writes another form than Keyback would.
pub(super) async fn compare(subject: &Subject<'_>, output: &mut Output) -> Result<Vec<String>, Failure> {
    let stored = subject.table.newest_passwords(NEWEST).await?;
    let new = subject.recipe.describe();
    if stored.is_empty() {
        output.say(&format!("directory: no password is stored. New ones: {new}"))?;
        return Ok(Vec::new());
    }
    let forms = counted(stored.iter().map(|stored| describe(stored)));
    let listed: Vec<String> = forms.iter().map(|(form, count)| format!("{count} {form}")).collect();
    let newest = match stored.len() {
        1 => "newest password".to_owned(),
        count => format!("newest {count} passwords"),
    };
    output.say(&format!("directory: {newest}: {}. New ones: {new}", listed.join(", ")))?;
    if subject.config.recipe.hash == "plain" {
        return Ok(Vec::new());
    }
    Ok(mismatch(&forms, stored.len(), &new, &subject.config.preset).into_iter().collect())
}

/// The sentence for an app whose passwords are mostly of another form, if Keyback can write that form.
fn mismatch(forms: &[(String, usize)], total: usize, new: &str, preset: &str) -> Option<String> {
    let families = counted_by(forms, family);
    let (common, count) = families.first()?;
    if *common == family(new) || count * 2 <= total {
        return None;
    }
    let example = forms.iter().map(|(form, _)| form).find(|form| family(form) == *common)?;
    let setting = setting(example)?;
    let (cause, effect) = match preset {
        "laravel" if common == "argon2id" => (" (HASH_DRIVER=argon2id?)", " Laravel answers 500 to the other one."),
        "laravel" => ("", " Laravel answers 500 to the other one."),
        "spring" => ("", " Spring fails where the part in braces is missing."),
        _ => ("", " The app may refuse the other one."),
    };
    let family = family(new);
    let rows = if total == 1 { "row is" } else { "rows are" };
    Some(format!(
        "directory.hash: new passwords would be {family}, but {count} of the newest {total} {rows} {example}{cause}.{effect} \
         Set {setting}"
    ))
}

/// Forms with how often they occur, the most frequent first.
fn counted(forms: impl Iterator<Item = String>) -> Vec<(String, usize)> {
    let ones: Vec<(String, usize)> = forms.map(|form| (form, 1)).collect();
    counted_by(&ones, ToOwned::to_owned)
}

fn counted_by(forms: &[(String, usize)], key: impl Fn(&str) -> String) -> Vec<(String, usize)> {
    let mut counted: Vec<(String, usize)> = Vec::new();
    for (form, count) in forms {
        let form = key(form);
        match counted.iter_mut().find(|(known, _)| *known == form) {
            Some((_, total)) => *total += count,
            None => counted.push((form, *count)),
        }
    }
    counted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counted
}

/// A form without its costs: `bcrypt $2y$`, `argon2id`, `django pbkdf2_sha256`.
fn family(form: &str) -> String {
    let is_cost =
        |word: &&str| *word == "cost" || word.contains('=') || word.starts_with(|first: char| first.is_ascii_digit());
    form.split(' ').take_while(|word| !is_cost(word)).collect::<Vec<_>>().join(" ")
}

/// What makes Keyback write that form. `None` if it cannot.
fn setting(form: &str) -> Option<String> {
    let (braces, form) = match form.split_once("} ") {
        Some((label, form)) => (Some(format!("{label}}}")), form),
        None => (None, form),
    };
    let words: Vec<&str> = form.split(' ').collect();
    let mut options = Vec::new();
    let hash = match words.as_slice() {
        ["bcrypt", variant, "cost", cost] => {
            options.extend([format!("variant={}", variant.trim_matches('$')), format!("cost={cost}")]);
            "bcrypt"
        }
        ["argon2id", costs] => {
            for cost in costs.split(',') {
                let (letter, number) = cost.split_once('=')?;
                let name = [("m", "memory"), ("t", "passes"), ("p", "lanes")];
                let (_, name) = name.into_iter().find(|(known, _)| *known == letter)?;
                options.push(format!("{name}={number}"));
            }
            "argon2id"
        }
        ["django", "pbkdf2_sha256", rounds, _] => {
            options.push(format!("rounds={}", rounds.replace(',', "")));
            "django-pbkdf2"
        }
        ["sha512-crypt", rounds, _] => {
            options.push(format!("rounds={}", rounds.replace(',', "")));
            "sha512-crypt"
        }
        ["wordpress", ..] => "wordpress",
        ["better-auth", ..] => "better-auth",
        ["werkzeug", "scrypt", ..] => "werkzeug-scrypt",
        ["aspnet", "pbkdf2_sha512", ..] => "aspnet-v3",
        ["discourse", ..] => "discourse",
        _ => return None,
    };
    options.extend(braces.map(|braces| format!("prefix={braces}")));
    let options: Vec<String> = options.iter().map(|option| format!("\"{option}\"")).collect();
    Some(match options.is_empty() {
        true => format!("directory.hash = \"{hash}\""),
        false => format!("directory.hash = \"{hash}\" and directory.hash_options = [{}]", options.join(", ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(forms: &[(&str, usize)]) -> Vec<(String, usize)> {
        forms.iter().map(|(form, count)| ((*form).to_owned(), *count)).collect()
    }

    #[test]
    fn other_costs_are_no_other_form_and_old_forms_are_no_problem() {
        let new = "bcrypt $2y$ cost 12";
        let older = forms(&[("bcrypt $2y$ cost 10", 47), ("bcrypt $2y$ cost 12", 3)]);
        assert_eq!(mismatch(&older, 50, new, "laravel"), None);
        let few = forms(&[("bcrypt $2y$ cost 12", 26), ("argon2id m=65536,t=4,p=1", 24)]);
        assert_eq!(mismatch(&few, 50, new, "laravel"), None);
        let phpass = forms(&[("phpass md5 8,192 rounds", 50)]);
        assert_eq!(mismatch(&phpass, 50, "wordpress bcrypt $2y$ cost 12", "wordpress"), None);
    }

    #[test]
    fn another_form_is_named_with_the_setting_that_fits() {
        let argon2 = forms(&[("argon2id m=65536,t=4,p=1", 48), ("bcrypt $2y$ cost 12", 2)]);
        assert_eq!(
            mismatch(&argon2, 50, "bcrypt $2y$ cost 12", "laravel").unwrap(),
            "directory.hash: new passwords would be bcrypt $2y$, but 48 of the newest 50 rows are argon2id \
             m=65536,t=4,p=1 (HASH_DRIVER=argon2id?). Laravel answers 500 to the other one. Set directory.hash = \
             \"argon2id\" and directory.hash_options = [\"memory=65536\", \"passes=4\", \"lanes=1\"]"
        );
        let variant = forms(&[("bcrypt $2a$ cost 10", 9)]);
        let problem = mismatch(&variant, 9, "bcrypt $2y$ cost 12", "custom").unwrap();
        assert!(problem.ends_with("directory.hash_options = [\"variant=2a\", \"cost=10\"]"), "{problem}");
    }

    #[test]
    fn settings_are_made_of_descriptions() {
        for (form, expected) in [
            ("{bcrypt} bcrypt $2a$ cost 10", r#"["variant=2a", "cost=10", "prefix={bcrypt}"]"#),
            ("django pbkdf2_sha256 1,000,000 rounds", r#"["rounds=1000000"]"#),
        ] {
            assert!(setting(form).unwrap().ends_with(expected), "{form}");
        }
        assert_eq!(setting("better-auth scrypt N=16384").as_deref(), Some("directory.hash = \"better-auth\""));
        assert_eq!(setting("a form that Keyback does not know (9 characters)"), None);
    }
}
