//! Finds the line on which a row of a file begins, whatever its line endings and however many lines are blank. The CSV
//! reader's own count is one too low after CR LF and after a blank line.

use std::collections::VecDeque;
use std::io::{Read, Result};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads on behalf of a parser and records where lines begin. Skips a byte order mark.
pub(super) struct NumberedLines<R> {
    inner: R,
    /// The offset of the first octet of each line that is not blank, and the number of that line.
    starts: VecDeque<(u64, u64)>,
    offset: u64,
    line: u64,
    line_is_noted: bool,
    is_begun: bool,
}

impl<R: Read> NumberedLines<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, starts: VecDeque::new(), offset: 0, line: 1, line_is_noted: false, is_begun: false }
    }

    /// The line of a row that begins at or after `offset`.
    pub(super) fn line_at(&self, offset: u64) -> u64 {
        let next = self.starts.partition_point(|(start, _)| *start < offset);
        self.starts.get(next).map_or(self.line, |(_, line)| *line)
    }

    /// Forgets the lines before `offset`, which are no longer needed.
    pub(super) fn forget_before(&mut self, offset: u64) {
        let past = self.starts.partition_point(|(start, _)| *start < offset);
        self.starts.drain(..past);
    }

    fn note(&mut self, octets: &[u8]) {
        for octet in octets {
            match octet {
                b'\n' => {
                    self.line += 1;
                    self.line_is_noted = false;
                }
                b'\r' => {}
                _ if !self.line_is_noted => {
                    self.starts.push_back((self.offset, self.line));
                    self.line_is_noted = true;
                }
                _ => {}
            }
            self.offset += 1;
        }
    }
}

impl<R: Read> Read for NumberedLines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let mut length = self.inner.read(buffer)?;
        if !self.is_begun {
            self.is_begun = true;
            if buffer.get(..length).is_some_and(|read| read.starts_with(BYTE_ORDER_MARK)) {
                buffer.copy_within(BYTE_ORDER_MARK.len()..length, 0);
                length -= BYTE_ORDER_MARK.len();
            }
        }
        self.note(buffer.get(..length).unwrap_or_default());
        Ok(length)
    }
}
