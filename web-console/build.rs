//! Makes a table of the files that `npm run build` left in `dist/app`, and says whether it was run. No program
//! is started from here: a clone without Node builds, and says so on its first page.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    // Committed with nothing in it, so that cargo need not look for a folder that is not there each time.
    println!("cargo::rerun-if-changed=dist");
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let mut root = here.join("dist/app");
    let built = root.join("index.html").is_file();
    if !built {
        // The sign alone, so that the table is of the same kind with the console and without it.
        root = here.join("public");
    }
    let mut files = Vec::new();
    collect(&root, &mut files)?;
    files.sort();
    let mut table = String::from("pub(crate) static ASSETS: &[Asset] = &[\n");
    for file in files.iter().filter(|file| !is_packed(file)) {
        entry(&mut table, &root, file);
    }
    table.push_str("];\n\n/// Whether this binary has the console in it.\n");
    let _ = writeln!(table, "pub const BUILT: bool = {built};");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("assets.rs"), table)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// Whether a file is another one, packed.
fn is_packed(file: &Path) -> bool {
    file.extension().is_some_and(|end| end == "br" || end == "gz")
}

fn entry(table: &mut String, root: &Path, file: &Path) {
    let path = file.strip_prefix(root).unwrap_or(file).display();
    let packed = |end: &str| {
        let mut name = file.as_os_str().to_owned();
        name.push(end);
        let name = PathBuf::from(name);
        if name.is_file() { format!("Some(include_bytes!({name:?}))") } else { "None".to_owned() }
    };
    let (brotli, gzip) = (packed(".br"), packed(".gz"));
    // A `String` takes whatever is written to it.
    let _ = writeln!(
        table,
        "    Asset {{ path: \"/{path}\", plain: include_bytes!({file:?}), brotli: {brotli}, gzip: {gzip} }},"
    );
}
