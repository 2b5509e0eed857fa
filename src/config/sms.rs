//! The section `sms`: whether text messages are sent, through which provider, to which countries, and how many.

use std::path::PathBuf;

use url::Url;
use zeroize::Zeroizing;

use super::error::ConfigError;
use super::hook_template::HookTemplate;
use super::reader::Reader;
use super::signing_secret::SigningSecret;
use super::values;
use crate::model::{Country, PhoneNumber};

/// The section `sms`.
#[derive(Clone, Debug)]
pub struct SmsConfig {
    /// `None` if no text messages are sent.
    pub provider: Option<SmsProvider>,
    /// The countries that messages may go to. Never empty if there is a provider.
    pub allowed_countries: Vec<Country>,
    /// The country of national numbers; one of the allowed countries.
    pub default_country: Option<Country>,
    /// Messages per 24 hours.
    pub daily_budget: u32,
    /// Messages per hour to one block of a thousand adjacent numbers.
    pub block_per_hour: u32,
    /// Messages per hour that the requests of one caller may cause.
    pub caller_per_hour: u32,
}

/// The provider of text messages.
#[derive(Clone)]
pub enum SmsProvider {
    Twilio {
        account_sid: String,
        auth_token: Zeroizing<String>,
        from: SmsSender,
        api_url: Url,
    },
    Vonage {
        api_key: String,
        api_secret: Zeroizing<String>,
        from: SmsSender,
        api_url: Url,
    },
    /// Amazon SNS.
    Sns {
        region: String,
        access_key_id: String,
        secret_access_key: Zeroizing<String>,
        from: Option<SmsSender>,
        api_url: Url,
    },
    /// The operator's own gateway.
    Http {
        url: Url,
        template: HookTemplate,
        content_type: String,
        secret: SigningSecret,
        from: Option<SmsSender>,
    },
    /// One file per message.
    Directory(PathBuf),
    /// Kept in memory for the demo's inbox. No setting selects it, so `serve` cannot.
    Memory,
}

impl std::fmt::Debug for SmsProvider {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SmsProvider(…)")
    }
}

/// The sender that a message shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SmsSender {
    /// A number in E.164, or a short code.
    Number(String),
    /// A name of up to 11 letters and digits.
    Name(String),
    /// A Twilio Messaging Service, which chooses the number.
    TwilioService(String),
}

/// The providers, and the prefixes of their settings.
const OWN_SETTINGS: [(&str, &[&str]); 6] = [
    ("none", &[]),
    ("twilio", &["sms.twilio_", "sms.from", "sms.api_url"]),
    ("vonage", &["sms.vonage_", "sms.from", "sms.api_url"]),
    ("sns", &["sms.sns_", "sms.from", "sms.api_url"]),
    ("http", &["sms.http_", "sms.from"]),
    ("file", &["sms.file_"]),
];

pub(super) fn read(reader: &mut Reader) -> Result<SmsConfig, ConfigError> {
    let name = reader.get("sms.provider", |text| {
        let known = OWN_SETTINGS.iter().find(|(name, _)| *name == text);
        known.map(|(name, _)| *name).ok_or("must be none, twilio, vonage, sns, http or file".into())
    })?;
    let allowed_countries = reader.list("sms.allowed_countries", country)?;
    let default_country = reader.optional("sms.default_country", country)?;
    nothing_is_of_another(reader, name)?;
    let provider = provider(reader, name)?;
    if provider.is_some() && allowed_countries.is_empty() {
        return Err(Reader::missing("sms.allowed_countries"));
    }
    if default_country.is_some_and(|country| !allowed_countries.contains(&country)) {
        return Err(reader.refuse("sms.default_country", "must be one of sms.allowed_countries".into()));
    }
    Ok(SmsConfig {
        provider,
        allowed_countries,
        default_country,
        daily_budget: reader.get("sms.daily_budget", |text| values::number(text, 1..=10_000_000))?,
        block_per_hour: reader.get("sms.block_per_hour", |text| values::number(text, 1..=1000))?,
        caller_per_hour: reader.get("sms.caller_per_hour", |text| values::number(text, 1..=100_000))?,
    })
}

/// Rejects a setting of one provider next to the name of another: one of the two is a mistake, and only the operator
/// knows which.
fn nothing_is_of_another(reader: &Reader, name: &str) -> Result<(), ConfigError> {
    let own = OWN_SETTINGS.iter().find(|(known, _)| *known == name).map_or(&[] as &[&str], |(_, own)| own);
    let begins = |setting: &str, prefixes: &[&str]| prefixes.iter().any(|prefix| setting.starts_with(prefix));
    let of_any = |setting: &str| OWN_SETTINGS.iter().any(|(_, prefixes)| begins(setting, prefixes));
    match reader.set_names().find(|setting| of_any(setting) && !begins(setting, own)) {
        Some(setting) => {
            let fix = format!("sms.provider = {name:?} does not use it: remove it, or choose its provider");
            Err(reader.refuse(setting, fix))
        }
        None => Ok(()),
    }
}

fn provider(reader: &mut Reader, name: &str) -> Result<Option<SmsProvider>, ConfigError> {
    Ok(Some(match name {
        "twilio" => SmsProvider::Twilio {
            account_sid: reader.get("sms.twilio_account_sid", |text| sid(text, "AC"))?,
            auth_token: reader.get("sms.twilio_auth_token", secret)?,
            from: reader
                .get("sms.from", |text| sid(text, "MG").map(SmsSender::TwilioService).or_else(|_| sender(text)))?,
            api_url: api_url(reader, "https://api.twilio.com")?,
        },
        "vonage" => SmsProvider::Vonage {
            api_key: reader.get("sms.vonage_api_key", identifier)?,
            api_secret: reader.get("sms.vonage_api_secret", secret)?,
            from: reader.get("sms.from", sender)?,
            api_url: api_url(reader, "https://rest.nexmo.com")?,
        },
        "sns" => {
            let region = reader.get("sms.sns_region", region)?;
            // Amazon's cloud in China has its own domain.
            let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
            SmsProvider::Sns {
                api_url: api_url(reader, &format!("https://sns.{region}.{domain}"))?,
                region,
                access_key_id: reader.get("sms.sns_access_key_id", identifier)?,
                secret_access_key: reader.get("sms.sns_secret_access_key", secret)?,
                from: reader.optional("sms.from", sender)?,
            }
        }
        "http" => {
            let content_type = reader.get("sms.http_content_type", content_type)?;
            SmsProvider::Http {
                url: reader.get("sms.http_url", hook_url)?,
                template: reader.get("sms.http_body", |text| HookTemplate::parse(text, &content_type))?,
                secret: reader.get("sms.http_secret", SigningSecret::parse)?,
                from: reader.optional("sms.from", sender)?,
                content_type,
            }
        }
        "file" => SmsProvider::Directory(reader.get("sms.file_directory", |text| Ok(PathBuf::from(text)))?),
        _ => return Ok(None),
    }))
}

fn country(text: &str) -> Result<Country, String> {
    Country::parse(text)
        .ok_or_else(|| format!("{text} is not a country: write two letters (ISO 3166-1), such as US or DE"))
}

/// Reads two letters and 32 hexadecimal digits, which are harmless in a path.
fn sid(text: &str, prefix: &str) -> Result<String, String> {
    let digits = text.strip_prefix(prefix).filter(|digits| digits.len() == 32);
    let well_formed = digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if well_formed { Ok(text.to_owned()) } else { Err(format!("must be {prefix} and 32 hexadecimal digits")) }
}

/// Reads the name that a provider gave to an account or a key.
fn identifier(text: &str) -> Result<String, String> {
    let well_formed = text.len() <= 128 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if well_formed { Ok(text.to_owned()) } else { Err("must consist of letters and digits".into()) }
}

fn region(text: &str) -> Result<String, String> {
    let parts: Vec<&str> = text.split('-').collect();
    let plain =
        |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let well_formed = parts.len() >= 3 && text.len() <= 32 && parts.iter().all(plain);
    if well_formed { Ok(text.to_owned()) } else { Err("must be a region, such as eu-central-1".into()) }
}

/// Reads any secret that a header can carry.
fn secret(text: &str) -> Result<Zeroizing<String>, String> {
    let well_formed = text.len() <= 256 && text.bytes().all(|byte| byte.is_ascii_graphic());
    if well_formed {
        Ok(Zeroizing::new(text.to_owned()))
    } else {
        Err("must be plain characters without a space".into())
    }
}

/// Reads a number in international form, a short code, or a name that phones show.
fn sender(text: &str) -> Result<SmsSender, String> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match text.starts_with('+') {
        true => PhoneNumber::parse(text, None).ok().map(|number| SmsSender::Number(number.as_str().to_owned())),
        false if digits && (3..=8).contains(&text.len()) => Some(SmsSender::Number(text.to_owned())),
        false if plain && !digits && text.len() <= 11 => Some(SmsSender::Name(text.to_owned())),
        false => None,
    }
    .ok_or_else(|| {
        "must be a number (+12025550123), a short code or a name of up to 11 letters and digits (Twilio: or MG…)".into()
    })
}

fn api_url(reader: &mut Reader, default: &str) -> Result<Url, ConfigError> {
    let url = reader.optional("sms.api_url", |text| {
        let url = hook_url(text)?;
        if url.query().is_some() { Err("must have no query: a path is appended".into()) } else { Ok(url) }
    })?;
    match url {
        Some(url) => Ok(url),
        None => Url::parse(default).map_err(|error| reader.refuse("sms.api_url", error.to_string())),
    }
}

/// Reads a URL to which secrets may be sent, without credentials in it.
fn hook_url(text: &str) -> Result<Url, String> {
    let url = values::page_url(text)?;
    let plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    if plain { Ok(url) } else { Err("must have no user name, no password and no fragment".into()) }
}

fn content_type(text: &str) -> Result<String, String> {
    let well_formed = text.len() <= 100 && text.contains('/') && text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if well_formed { Ok(text.to_owned()) } else { Err("must be a content type, such as application/json".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn senders_are_numbers_short_codes_or_names() {
        let number = |text: &str| Ok(SmsSender::Number(text.to_owned()));
        assert_eq!(sender("+1 202 555 0123"), number("+12025550123"));
        assert_eq!(sender("89045"), number("89045"));
        assert_eq!(sender("Example24"), Ok(SmsSender::Name("Example24".into())));
        for text in ["+", "+1", "12", "123456789", "TwelveLetter", "Ex ample", "Exämple", "a\r\nb"] {
            assert!(sender(text).is_err(), "{text:?}");
        }
    }

    // SECURITY.md, requirement 65
    #[test]
    fn what_could_break_a_path_or_a_header_is_refused() {
        let account = format!("AC{}", "0a".repeat(16));
        assert_eq!(sid(&account, "AC"), Ok(account.clone()));
        for text in [&account[1..], "AC/../Accounts", &format!("{account}/"), &account.replace('0', "%")] {
            assert!(sid(text, "AC").is_err(), "{text}");
        }
        for text in ["key:other", "key\r\nx: y", "key name", "schlüssel"] {
            assert!(identifier(text).is_err(), "{text:?}");
        }
        for text in ["secret with space", "secret\r\nx: y", "geheimnis\u{e4}"] {
            assert!(secret(text).is_err(), "{text:?}");
        }
        for text in ["eu", "eu-central-1.evil.example/", "eu--1", "EU-central-1", "eu-central-1@"] {
            assert!(region(text).is_err(), "{text:?}");
        }
    }
}
