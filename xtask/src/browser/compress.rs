//! Writes compressed copies of the files for browsers. The best quality is affordable, because this runs once per
//! build.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;

/// Types that compress well; pictures and fonts are already compressed.
const TYPES: [&str; 5] = ["css", "js", "svg", "txt", "wasm"];

/// Brotli's best quality, and the largest window that every browser supports.
const BROTLI_QUALITY: u32 = 11;
const BROTLI_WINDOW: u32 = 22;

/// Writes `.br` and `.gz` next to every file that gets smaller, in all folders below.
pub(super) fn folder(folder: &Path) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    // Collected first, so that files written here do not appear in the same list.
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<PathBuf>, _>>()?;
    for path in paths {
        if path.is_dir() {
            self::folder(&path)?;
        } else if path.extension().is_some_and(|extension| TYPES.iter().any(|known| extension == *known)) {
            file(&path).with_context(|| format!("cannot compress {}", path.display()))?;
        }
    }
    Ok(())
}

fn file(path: &Path) -> Result<()> {
    let content = fs::read(path)?;

    let mut brotli = brotli::CompressorWriter::new(Vec::new(), 4096, BROTLI_QUALITY, BROTLI_WINDOW);
    brotli.write_all(&content)?;
    fs::write(twin(path, ".br"), brotli.into_inner())?;

    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(&content)?;
    fs::write(twin(path, ".gz"), gzip.finish()?)?;
    Ok(())
}

fn twin(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn twins_hold_the_same_bytes() {
        let site = tempfile::tempdir().unwrap();
        let below = site.path().join("pkg");
        fs::create_dir(&below).unwrap();
        let content = "body { color: black }\n".repeat(100);
        fs::write(below.join("a.css"), &content).unwrap();

        folder(site.path()).unwrap();

        let brotli = fs::read(below.join("a.css.br")).unwrap();
        let mut plain = String::new();
        brotli::Decompressor::new(brotli.as_slice(), 4096).read_to_string(&mut plain).unwrap();
        assert_eq!(plain, content);

        let gzip = fs::read(below.join("a.css.gz")).unwrap();
        plain.clear();
        flate2::read::GzDecoder::new(gzip.as_slice()).read_to_string(&mut plain).unwrap();
        assert_eq!(plain, content);
    }

    #[test]
    fn a_picture_gets_no_twins() {
        let site = tempfile::tempdir().unwrap();
        fs::write(site.path().join("icon.png"), [0; 100]).unwrap();
        folder(site.path()).unwrap();
        assert_eq!(fs::read_dir(site.path()).unwrap().count(), 1);
    }
}
