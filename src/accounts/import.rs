//! Reads accounts from a file, row by row: CSV with a header line, or JSON Lines. A bad row is reported with its line
//! number and does not stop the others.

use std::fmt;
use std::io::{BufRead, BufReader, Read};

use serde::de::Visitor;
use serde::{Deserialize, Deserializer};

use super::formats::{FormatError, StoredHash};
use super::lines::NumberedLines;
use crate::model::{EmailAddress, IdentifierError, IdentifierKind, NewAccount, PhoneNumber, Username};

/// The format of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportFormat {
    Csv,
    JsonLines,
}

/// A row, with the number of the line on which it begins (the first is 1).
pub struct ImportRow {
    pub line: u64,
    pub account: Result<NewAccount, RowError>,
}

/// Why a row is rejected. Describes the shape of the row and repeats none of its values.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    #[error("cannot be read: {0}")]
    Unreadable(String),
    #[error("{column}: {error}")]
    Identifier { column: &'static str, error: IdentifierError },
    #[error("password_hash: {0}")]
    Hash(#[from] FormatError),
    #[error("{column}: must be true or false")]
    NotABoolean { column: &'static str },
    #[error("has no email, phone or username")]
    NoIdentifier,
    #[error("{} already belongs to another account", .0.as_str())]
    Taken(IdentifierKind),
}

/// The columns. Any other column is an error, because it may be a misspelt one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRow {
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    email_verified: Option<Flag>,
    #[serde(default)]
    phone: Option<String>,
    #[serde(default)]
    phone_verified: Option<Flag>,
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    password_hash: Option<String>,
    #[serde(default)]
    mfa_required: Option<Flag>,
    #[serde(default)]
    disabled: Option<Flag>,
}

/// JSON has booleans, CSV has words, and the CSV reader turns words of digits into numbers.
enum Flag {
    Boolean(bool),
    Word(String),
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FlagVisitor)
    }
}

struct FlagVisitor;

impl Visitor<'_> for FlagVisitor {
    type Value = Flag;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("true or false")
    }

    fn visit_bool<E>(self, fact: bool) -> Result<Flag, E> {
        Ok(Flag::Boolean(fact))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Flag, E> {
        Ok(Flag::Word(number.to_string()))
    }

    fn visit_str<E>(self, word: &str) -> Result<Flag, E> {
        Ok(Flag::Word(word.to_owned()))
    }
}

/// Reads the rows of a file one by one.
pub fn read_rows<'a>(format: ImportFormat, file: impl Read + 'a) -> Box<dyn Iterator<Item = ImportRow> + 'a> {
    match format {
        ImportFormat::Csv => Box::new(read_csv(file)),
        ImportFormat::JsonLines => Box::new(read_json_lines(file)),
    }
}

fn read_csv<'a>(file: impl Read + 'a) -> impl Iterator<Item = ImportRow> + 'a {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(NumberedLines::new(file));
    let headers = reader.byte_headers().cloned();
    let mut record = csv::ByteRecord::new();
    let mut header_fault = headers.as_ref().err().map(ToString::to_string);
    std::iter::from_fn(move || {
        if let Some(fault) = header_fault.take() {
            return Some(ImportRow { line: 1, account: Err(RowError::Unreadable(fault)) });
        }
        let headers = headers.as_ref().ok()?;
        let begin = reader.position().byte();
        let outcome = reader.read_byte_record(&mut record);
        let line = reader.get_ref().line_at(begin);
        reader.get_mut().forget_before(begin);
        let account = match outcome {
            Ok(false) => return None,
            Ok(true) => record
                .deserialize::<RawRow>(Some(headers))
                .map_err(|error| RowError::Unreadable(without_values(&error)))
                .and_then(parse),
            Err(error) => Err(RowError::Unreadable(without_values(&error))),
        };
        Some(ImportRow { line, account })
    })
}

fn read_json_lines<'a>(file: impl Read + 'a) -> impl Iterator<Item = ImportRow> + 'a {
    let mut lines = Some(BufReader::new(file).split(b'\n'));
    let mut number = 0;
    std::iter::from_fn(move || {
        loop {
            let line = lines.as_mut()?.next()?;
            number += 1;
            if line.is_err() {
                // A file that can no longer be read returns the same error forever: report it once.
                lines = None;
            }
            let account = match line {
                Ok(line) if line.iter().all(u8::is_ascii_whitespace) => continue,
                Ok(line) => serde_json::from_slice::<RawRow>(&line)
                    .map_err(|error| RowError::Unreadable(format!("not the expected JSON, column {}", error.column())))
                    .and_then(parse),
                Err(error) => Err(RowError::Unreadable(error.to_string())),
            };
            return Some(ImportRow { line: number, account });
        }
    })
}

/// The library's messages quote the row; these do not.
fn without_values(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} columns where the header has {expected_len}")
        }
        csv::ErrorKind::Utf8 { .. } => "not UTF-8".into(),
        csv::ErrorKind::Deserialize { err, .. } => match err.kind() {
            csv::DeserializeErrorKind::Message(message) if message.starts_with("unknown field") => message.clone(),
            csv::DeserializeErrorKind::InvalidUtf8(_) => "not UTF-8".into(),
            _ => "a column does not have the right form".into(),
        },
        _ => "not CSV".into(),
    }
}

fn parse(row: RawRow) -> Result<NewAccount, RowError> {
    let account = NewAccount {
        email: identifier("email", row.email, EmailAddress::parse)?,
        email_verified: flag("email_verified", row.email_verified)?,
        phone: identifier("phone", row.phone, |text| PhoneNumber::parse(text, None))?,
        phone_verified: flag("phone_verified", row.phone_verified)?,
        username: identifier("username", row.username, Username::parse)?,
        password_hash: row.password_hash.filter(|hash| !hash.is_empty()),
        mfa_required: flag("mfa_required", row.mfa_required)?,
        disabled: flag("disabled", row.disabled)?,
    };
    if let Some(hash) = &account.password_hash {
        StoredHash::parse(hash)?;
    }
    if account.email.is_none() && account.phone.is_none() && account.username.is_none() {
        return Err(RowError::NoIdentifier);
    }
    Ok(account)
}

fn identifier<T>(
    column: &'static str,
    value: Option<String>,
    parse: fn(&str) -> Result<T, IdentifierError>,
) -> Result<Option<T>, RowError> {
    value
        .filter(|value| !value.trim().is_empty())
        .map(|value| parse(&value).map_err(|error| RowError::Identifier { column, error }))
        .transpose()
}

fn flag(column: &'static str, value: Option<Flag>) -> Result<bool, RowError> {
    match value {
        None => Ok(false),
        Some(Flag::Boolean(fact)) => Ok(fact),
        Some(Flag::Word(word)) => match word.trim().to_ascii_lowercase().as_str() {
            "" | "false" | "f" | "no" | "n" | "0" => Ok(false),
            "true" | "t" | "yes" | "y" | "1" => Ok(true),
            _ => Err(RowError::NotABoolean { column }),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(format: ImportFormat, text: &[u8]) -> Vec<(u64, Result<(), String>)> {
        read_rows(format, text)
            .map(|row| (row.line, row.account.map(|_| ()).map_err(|error| error.to_string())))
            .collect()
    }

    #[test]
    fn bad_rows_are_reported_by_line_and_the_others_are_kept() {
        let file = b"email,email_verified,username\n\
            a@example.org,true,a\n\
            not an address,true,b\n\
            c@example.org,maybe,c\n\
            \xff@example.org,true,d\n\
            e@example.org,true\n\
            ,,\n\
            f@example.org,1,f\n\
            g@example.org,0,g\n";
        let rows = read(ImportFormat::Csv, file);
        let good: Vec<u64> = rows.iter().filter(|(_, row)| row.is_ok()).map(|(line, _)| *line).collect();
        assert_eq!(good, [2, 8, 9]);
        let bad: Vec<String> =
            rows.iter().filter_map(|(line, row)| row.as_ref().err().map(|error| format!("{line}: {error}"))).collect();
        insta::assert_snapshot!(bad.join("\n"), @r"
        3: email: the value is not valid
        4: email_verified: must be true or false
        5: cannot be read: not UTF-8
        6: cannot be read: 2 columns where the header has 3
        7: has no email, phone or username
        ");
    }

    #[test]
    fn lines_are_counted_as_an_editor_counts_them() {
        for line_end in ["\n", "\r\n"] {
            let rows = [
                "\u{feff}username,email",
                "",
                "a,",
                "",
                "\"b",
                "c\",",
                "d,wrong",
                "",
                "",
                "e,wrong",
                "f,1",
                "",
                "g,wrong",
            ];
            let refused: Vec<u64> = read(ImportFormat::Csv, rows.join(line_end).as_bytes())
                .into_iter()
                .filter_map(|(line, row)| row.is_err().then_some(line))
                .collect();
            assert_eq!(refused, [5, 7, 10, 11, 13], "{line_end:?}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_on_says_so_once() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(std::io::ErrorKind::IsADirectory.into())
            }
        }
        for format in [ImportFormat::Csv, ImportFormat::JsonLines] {
            assert_eq!(read_rows(format, Broken).filter(|row| row.account.is_err()).count(), 1, "{format:?}");
        }
    }

    #[test]
    fn a_misspelt_column_is_an_error() {
        let rows = read(ImportFormat::Csv, b"emial\na@example.org\n");
        assert!(matches!(rows.as_slice(), [(2, Err(error))] if error.contains("unknown field `emial`")));
    }

    #[test]
    fn json_lines_are_read_alike() {
        let file =
            b"{\"email\":\"a@example.org\",\"email_verified\":true}\n\n{\"email\":7}\n{\"phone\":\"+15555550100\"}";
        let rows = read(ImportFormat::JsonLines, file);
        assert!(matches!(rows.as_slice(), [(1, Ok(())), (3, Err(_)), (4, Ok(()))]));
    }

    #[test]
    fn a_hash_of_no_known_form_is_refused() {
        let rows = read(ImportFormat::JsonLines, b"{\"username\":\"a\",\"password_hash\":\"md5:123\"}");
        assert!(matches!(rows.as_slice(), [(1, Err(error))] if error.starts_with("password_hash: ")));
    }
}
