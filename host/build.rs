//! Builds the shipped mapping component, without and with the import of lookup
//! tables, and embeds both, so that the binary is
//! whole: `cargo build` needs nothing but the wasm target.
//!
//! Guests have a target directory of their own below the workspace's, because
//! cargo holds a lock on the one that it is building in. Nor is it the one of the
//! other components: built beside them, `attribute-map` has other features of what
//! it depends on, and each of the two builds would make the other's, and with it
//! the host, out of date.

use std::{
    env,
    error::Error,
    path::{Path, PathBuf},
    process::Command,
};

fn main() -> Result<(), Box<dyn Error>> {
    let here = env::var("CARGO_MANIFEST_DIR")?;
    let root = Path::new(&here)
        .parent()
        .ok_or("the host has no parent directory")?;
    for path in ["wit", "guest-mappers", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={}", root.join(path).display());
    }
    let built = |folder: &str, features: &str| -> Result<PathBuf, Box<dyn Error>> {
        let target_dir = root.join(folder);
        let status = Command::new(env::var("CARGO")?)
            .current_dir(root)
            .args(["build", "--quiet", "--profile", "guest"])
            .args(["--package", "attribute-map", "--features", features])
            .args(["--target", "wasm32-unknown-unknown", "--target-dir"])
            .arg(&target_dir)
            // What cargo tells this script is about the host's build, not about the guest's.
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env_remove("RUSTFLAGS")
            .env_remove("RUSTC_WORKSPACE_WRAPPER")
            .status()?;
        if !status.success() {
            return Err(
                "building the component attribute-map failed; is the target there? \
                        `rustup target add wasm32-unknown-unknown`"
                    .into(),
            );
        }
        Ok(target_dir.join("wasm32-unknown-unknown/guest/attribute_map.wasm"))
    };
    // Both have the same name, so each has a folder of its own.
    let plain = built("target/guests/shipped", "")?;
    let with_lookup = built("target/guests/with-lookup", "lookup")?;
    println!("cargo::rustc-env=PURSER_ATTRIBUTE_MAP={}", plain.display());
    println!(
        "cargo::rustc-env=PURSER_ATTRIBUTE_MAP_WITH_LOOKUP={}",
        with_lookup.display()
    );
    Ok(())
}
