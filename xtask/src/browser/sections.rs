//! Removes custom sections from a WASM module. They are for tools, and browsers would load them for nothing.

use anyhow::{Context, Result, ensure};

/// The length of the magic number and the version.
const HEADER: usize = 8;

/// The id of a custom section.
const CUSTOM: u8 = 0;

pub(super) fn without_custom(module: &[u8]) -> Result<Vec<u8>> {
    let (header, mut rest) = module.split_at_checked(HEADER).context("the module is too short")?;
    ensure!(header.starts_with(b"\0asm"), "it is not a WASM module");
    let mut kept = header.to_vec();
    while let Some((id, behind)) = rest.split_first() {
        let (length, content) = length(behind)?;
        let size = rest.len() - content.len() + length;
        let (section, others) = rest.split_at_checked(size).context("a section goes beyond the end")?;
        if *id != CUSTOM {
            kept.extend_from_slice(section);
        }
        rest = others;
    }
    Ok(kept)
}

/// Reads a number in LEB128. Returns it with the rest.
fn length(octets: &[u8]) -> Result<(usize, &[u8])> {
    let mut length = 0_usize;
    for (at, octet) in octets.iter().enumerate().take(5) {
        length |= usize::from(octet & 0x7f) << (7 * at);
        if octet & 0x80 == 0 {
            return Ok((length, &octets[at + 1..]));
        }
    }
    anyhow::bail!("a section has no length")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn custom_sections_go_and_the_others_stay_as_they_are() {
        let header = b"\0asm\x01\0\0\0";
        let long = [&[10, 0x80, 0x01][..], &[7; 128]].concat();
        let module = [&header[..], &[0, 3, 1, b'x', 9], &[1, 2, 5, 6], &long, &[0, 2, 1, b'y']].concat();
        assert_eq!(without_custom(&module).unwrap(), [&header[..], &[1, 2, 5, 6], &long].concat());
    }

    #[test]
    fn what_is_no_module_is_refused() {
        for module in [&b""[..], b"\0asm", b"text and more", b"\0asm\x01\0\0\0\x01\x09\x05", b"\0asm\x01\0\0\0\x01\x80"]
        {
            assert!(without_custom(module).is_err(), "{module:?}");
        }
    }
}
