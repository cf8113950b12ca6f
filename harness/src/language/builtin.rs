//! The labs and stack files that the binary brings along, so that it works from an empty folder. They stand below a
//! folder that no disk has, [`ROOT`], and are read like any other. In a debug build they are read from the checkout when
//! they are asked for, so that an edited check needs no build.
use std::borrow::Cow;
use std::path::{Path, PathBuf};

use rust_embed::RustEmbed;

/// The folder that stands for the binary's own files.
pub const ROOT: &str = "(labcheck)";

#[derive(RustEmbed)]
#[folder = "../checks"]
#[prefix = "checks/"]
#[include = "*.yaml"]
struct Checks;

#[derive(RustEmbed)]
#[folder = "../fixtures/stacks"]
#[prefix = "fixtures/stacks/"]
#[include = "*.yaml"]
struct Stacks;

/// The folder of the binary's own labs.
#[must_use]
pub fn checks() -> PathBuf {
    Path::new(ROOT).join("checks")
}

/// The name below [`ROOT`], for a path that lies there.
fn name(path: &Path) -> Option<String> {
    let below = path.strip_prefix(ROOT).ok()?;
    let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
    Some(parts.join("/"))
}

/// Whether a path lies in the binary rather than on disk.
#[must_use]
pub fn is_ours(path: &Path) -> bool {
    path.starts_with(ROOT)
}

/// The bytes of a file of ours.
#[must_use]
pub fn read(path: &Path) -> Option<Vec<u8>> {
    let name = name(path)?;
    let file = Checks::get(&name).or_else(|| Stacks::get(&name))?;
    Some(file.data.into_owned())
}

/// The entries right below a folder of ours, by name; none where there is no such folder.
#[must_use]
pub fn entries(folder: &Path) -> Vec<PathBuf> {
    let Some(name) = name(folder) else {
        return Vec::new();
    };
    let prefix = format!("{name}/");
    let files = Checks::iter().chain(Stacks::iter());
    let below = |file: Cow<'static, str>| {
        let rest = file.strip_prefix(&prefix)?;
        let first = rest.split('/').next()?;
        Some(folder.join(first))
    };
    let mut entries: Vec<PathBuf> = files.filter_map(below).collect();
    entries.sort();
    entries.dedup();
    entries
}

/// Whether it is a file, on disk or of ours.
#[must_use]
pub fn is_file(path: &Path) -> bool {
    if is_ours(path) {
        read(path).is_some()
    } else {
        path.is_file()
    }
}

/// The entries of a folder, on disk or of ours, in no order.
///
/// # Errors
/// The folder cannot be read.
pub fn list(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    if !is_ours(folder) {
        let entries = std::fs::read_dir(folder)?;
        return entries
            .map(|entry| entry.map(|entry| entry.path()))
            .collect();
    }
    let entries = entries(folder);
    if entries.is_empty() {
        return Err(std::io::ErrorKind::NotFound.into());
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_labs_that_come_along_are_those_of_the_checkout() {
        let ours = list(&checks().join("ha-web")).unwrap();
        let disk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../checks/ha-web");
        let mut names: Vec<_> = list(&disk).unwrap();
        names.sort();
        let ends = |paths: &[PathBuf]| -> Vec<String> {
            paths
                .iter()
                .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
                .collect()
        };
        assert_eq!(ends(&ours), ends(&names));
        for (ours, disk) in ours.iter().zip(&names) {
            assert_eq!(read(ours).unwrap(), std::fs::read(disk).unwrap());
        }
        assert!(is_file(&Path::new(ROOT).join("fixtures/stacks/demo.yaml")));
    }

    #[test]
    fn what_is_not_there_is_an_error_and_no_way_out_of_the_root() {
        assert!(list(&checks().join("no-such-lab")).is_err());
        assert!(read(&Path::new(ROOT).join("../Cargo.toml")).is_none());
        assert!(read(&checks().join("../../Cargo.toml")).is_none());
        assert!(!is_file(&checks().join("ha-web")));
    }
}
