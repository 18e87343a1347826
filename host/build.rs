//! Builds the shipped mapping component and embeds it, so that the binary is
//! whole: `cargo build` needs nothing but the wasm target.
//!
//! Guests have a target directory of their own below the workspace's, because
//! cargo holds a lock on the one that it is building in.

use std::{env, path::Path, process::Command};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let here = env::var("CARGO_MANIFEST_DIR")?;
    let root = Path::new(&here)
        .parent()
        .ok_or("the host has no parent directory")?;
    for path in ["wit", "guest-mappers", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={}", root.join(path).display());
    }
    let target_dir = root.join("target/guests");
    let status = Command::new(env::var("CARGO")?)
        .current_dir(root)
        .args([
            "build",
            "--quiet",
            "--profile",
            "guest",
            "--package",
            "attribute-map",
        ])
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
    let component = target_dir.join("wasm32-unknown-unknown/guest/attribute_map.wasm");
    println!(
        "cargo::rustc-env=PURSER_ATTRIBUTE_MAP={}",
        component.display()
    );
    Ok(())
}
