//! The description of the interface is checked in, and is what the types say.

use std::{fs, path::Path};

use purser_host::server::api::openapi::document;

#[test]
fn the_description_is_what_the_types_say() {
    let checked_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    let drawn = document();
    if fs::read_to_string(&checked_in).ok().as_ref() != Some(&drawn) {
        let aside = Path::new(env!("CARGO_TARGET_TMPDIR")).join("openapi.json");
        fs::write(&aside, drawn).unwrap();
        panic!(
            "the types say something else: read it, and `cp {} {}`",
            aside.display(),
            checked_in.display()
        );
    }
}
