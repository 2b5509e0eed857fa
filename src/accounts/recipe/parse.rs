//! Reads a recipe from the configuration: one word, and options like `cost=12`.

use std::ops::RangeInclusive;
use std::str::FromStr;

use argon2::Params;
use bcrypt::Version;

use super::{Algorithm, Escape, Form, Limits, Long, Normalise, Recipe};
use crate::accounts::formats::argon2::{MAX_KIB, MAX_PASSES};
use crate::accounts::formats::bcrypt::MAX_OCTETS;
use crate::accounts::formats::{crypt, pbkdf2};
use crate::model::{NewPassword, Pepper};

const WORDS: [&str; 14] = [
    "bcrypt",
    "argon2id",
    "django-pbkdf2",
    "wordpress",
    "better-auth",
    "werkzeug-scrypt",
    "flask-security",
    "aspnet-v3",
    "sha512-crypt",
    "discourse",
    "moodle",
    "phpbb",
    "symfony",
    "plain",
];

impl Recipe {
    /// Reads a recipe. Costs that are left out are today's defaults of the app.
    ///
    /// # Errors
    /// A sentence that names what is wrong and what is allowed. It repeats no pepper.
    pub fn parse(hash: &str, options: &[String], pepper: Option<&Pepper>) -> Result<Self, String> {
        let mut options = Options::read(hash, options)?;
        if pepper.is_some_and(|pepper| pepper.expose().is_empty()) {
            return Err("the pepper is empty: remove it, or set the one of the app".to_owned());
        }
        let (algorithm, form, limits) = match hash {
            "bcrypt" => (options.bcrypt(pepper.is_some())?, RAW, Limits::default()),
            "argon2id" => (Algorithm::Argon2id(options.argon2(65_536, 3, 4)?), RAW, Limits::default()),
            "django-pbkdf2" => {
                (Algorithm::Django { rounds: options.pbkdf2_rounds(1_500_000)? }, RAW, Limits::default())
            }
            "wordpress" => {
                let form = Form { escape: Escape::WordPress, ..RAW };
                (Algorithm::WordPress { cost: options.cost(10)? }, form, octets(4096))
            }
            "better-auth" => (Algorithm::BetterAuth, Form { normalise: Normalise::Nfkc, ..RAW }, utf16(128)),
            "werkzeug-scrypt" => (Algorithm::Werkzeug, RAW, Limits::default()),
            "flask-security" => {
                let form = Form { normalise: Normalise::Nfkd, ..RAW };
                (Algorithm::FlaskSecurity(options.argon2(65_536, 3, 4)?), form, Limits::default())
            }
            "aspnet-v3" => (Algorithm::AspNet, RAW, Limits::default()),
            "sha512-crypt" => (options.sha512_crypt(5_000)?, RAW, Limits::default()),
            // Discourse counts characters, of which there are at most as many as units of UTF-16.
            "discourse" => (Algorithm::Discourse { rounds: options.pbkdf2_rounds(600_000)? }, RAW, utf16(200)),
            "moodle" => (options.sha512_crypt(10_000)?, RAW, octets(128)),
            "phpbb" => {
                let form = Form { normalise: Normalise::Nfc, escape: Escape::Phpbb };
                (Algorithm::Argon2id(options.argon2(65_536, 4, 2)?), form, octets(4096))
            }
            "symfony" => {
                let cost = options.cost(13)?;
                (Algorithm::Bcrypt { version: Version::TwoY, cost, long: Long::Sha512 }, RAW, Limits::default())
            }
            "plain" => (Algorithm::Plain, RAW, Limits::default()),
            _ => return Err(format!("unknown hash \"{hash}\": use one of {}", WORDS.join(", "))),
        };
        match (hash, pepper) {
            ("flask-security", None) => {
                return Err("\"flask-security\" needs a pepper: the SECURITY_PASSWORD_SALT of the app".to_owned());
            }
            ("bcrypt" | "flask-security" | "moodle", _) | (_, None) => {}
            (_, Some(_)) => {
                let allowed = "bcrypt, flask-security and moodle";
                return Err(format!("\"{hash}\" takes no pepper: only {allowed} do"));
            }
        }
        let form = Form { normalise: options.normalise()?.unwrap_or(form.normalise), ..form };
        let limits = options.limits(limits, &algorithm)?;
        let prefix = options.take("prefix").unwrap_or_default().to_owned();
        options.end()?;
        Ok(Self { algorithm, form, limits, pepper: pepper.cloned(), prefix })
    }
}

const RAW: Form = Form { normalise: Normalise::Raw, escape: Escape::None };

fn octets(max: usize) -> Limits {
    Limits { octets: Some(max), utf16: None }
}

fn utf16(max: usize) -> Limits {
    Limits { octets: None, utf16: Some(max) }
}

/// The options of one word.
struct Options<'a> {
    hash: &'a str,
    allowed: Vec<&'static str>,
    given: Vec<(&'a str, &'a str)>,
}

impl<'a> Options<'a> {
    fn read(hash: &'a str, options: &'a [String]) -> Result<Self, String> {
        let own: &[&str] = match hash {
            "bcrypt" => &["variant", "cost", "long", "prefix"],
            "argon2id" => &["memory", "passes", "lanes", "prefix"],
            "phpbb" | "flask-security" => &["memory", "passes", "lanes"],
            "sha512-crypt" => &["rounds", "prefix"],
            "django-pbkdf2" | "discourse" | "moodle" => &["rounds"],
            "wordpress" | "symfony" => &["cost"],
            _ => &[],
        };
        let allowed = [own, &["normalise", "max_bytes", "max_utf16"]].concat();
        let mut given: Vec<(&str, &str)> = Vec::new();
        for option in options {
            let (key, value) = option
                .trim()
                .split_once('=')
                .ok_or_else(|| format!("\"{option}\" is not an option: write it as name=value"))?;
            if given.iter().any(|(before, _)| *before == key) {
                return Err(format!("\"{key}\" is set twice"));
            }
            given.push((key, value));
        }
        Ok(Self { hash, allowed, given })
    }

    fn take(&mut self, key: &str) -> Option<&'a str> {
        let at = self.given.iter().position(|(given, _)| *given == key && self.allowed.contains(&key))?;
        Some(self.given.swap_remove(at).1)
    }

    fn number<T>(&mut self, key: &str, range: RangeInclusive<T>) -> Result<Option<T>, String>
    where
        T: FromStr + PartialOrd + std::fmt::Display,
    {
        let Some(value) = self.take(key) else { return Ok(None) };
        let number = value.parse().ok().filter(|number| range.contains(number));
        let (least, most) = (range.start(), range.end());
        number.map(Some).ok_or_else(|| format!("{key} must be a number from {least} to {most}, not \"{value}\""))
    }

    fn word<T: Copy>(&mut self, key: &str, words: &[(&str, T)]) -> Result<Option<T>, String> {
        let Some(value) = self.take(key) else { return Ok(None) };
        let known = words.iter().find(|(word, _)| *word == value).map(|(_, meaning)| *meaning);
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        known.map(Some).ok_or_else(|| format!("{key} must be one of {}, not \"{value}\"", names.join(", ")))
    }

    fn cost(&mut self, default: u32) -> Result<u32, String> {
        Ok(self.number("cost", 4..=15)?.unwrap_or(default))
    }

    fn bcrypt(&mut self, peppered: bool) -> Result<Algorithm, String> {
        let version = match self.word("variant", &[("2a", 'a'), ("2b", 'b'), ("2y", 'y')])? {
            None | Some('b') => Version::TwoB,
            Some('a') => Version::TwoA,
            Some(_) => Version::TwoY,
        };
        let words = [("refuse", Long::Refuse), ("cut", Long::Cut), ("sha512", Long::Sha512)];
        let long = self.word("long", &words)?.unwrap_or(Long::Refuse);
        if peppered && long == Long::Sha512 {
            return Err("long=sha512 takes no pepper: no app does both".to_owned());
        }
        Ok(Algorithm::Bcrypt { version, cost: self.cost(12)?, long })
    }

    fn argon2(&mut self, memory: u32, passes: u32, lanes: u32) -> Result<Params, String> {
        let lanes = self.number("lanes", 1..=16)?.unwrap_or(lanes);
        let memory = self.number("memory", 8 * lanes..=MAX_KIB)?.unwrap_or(memory);
        let passes = self.number("passes", 1..=MAX_PASSES)?.unwrap_or(passes);
        Params::new(memory, passes, lanes, None).map_err(|error| format!("argon2: {error}"))
    }

    fn pbkdf2_rounds(&mut self, default: u32) -> Result<u32, String> {
        Ok(self.number("rounds", 1_000..=pbkdf2::MAX_ROUNDS)?.unwrap_or(default))
    }

    fn sha512_crypt(&mut self, default: u32) -> Result<Algorithm, String> {
        let rounds = self.number("rounds", 1_000..=crypt::MAX_SHA_ROUNDS)?.unwrap_or(default);
        Ok(Algorithm::Sha512Crypt { rounds })
    }

    fn normalise(&mut self) -> Result<Option<Normalise>, String> {
        let words =
            [("raw", Normalise::Raw), ("nfc", Normalise::Nfc), ("nfkc", Normalise::Nfkc), ("nfkd", Normalise::Nfkd)];
        self.word("normalise", &words)
    }

    /// The app's own limits, unless the configuration knows others.
    fn limits(&mut self, limits: Limits, algorithm: &Algorithm) -> Result<Limits, String> {
        let is_short = matches!(algorithm, Algorithm::Bcrypt { long: Long::Refuse, .. });
        let most = if is_short { MAX_OCTETS } else { NewPassword::MAX_OCTETS };
        let octets = self.number("max_bytes", 1..=most)?.or(limits.octets);
        let utf16 = self.number("max_utf16", 1..=NewPassword::MAX_OCTETS)?.or(limits.utf16);
        Ok(Limits { octets, utf16 })
    }

    /// Whatever is left is no option of this word.
    fn end(self) -> Result<(), String> {
        match self.given.first() {
            None => Ok(()),
            Some((key, _)) => {
                Err(format!("\"{}\" has no option \"{key}\": it has {}", self.hash, self.allowed.join(", ")))
            }
        }
    }
}
