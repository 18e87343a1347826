//! Asks for one table and is granted two: it reads the first, and about one
//! object the other. While it describes itself it reads none.

#![cfg(target_arch = "wasm32")]

use guest_corpus::{
    CULPRIT, Case, Description, Outcome, SourceObject, asking_for,
    bindings::purser::plugin::lookup::{self, LookupError},
    internal, resource,
};

struct Guest;

guest_corpus::export!(Guest);

impl Case for Guest {
    fn describe() -> Description {
        if lookup::get("roles", "1") != Err(LookupError::NotGranted) {
            std::process::abort();
        }
        asking_for("lookup:roles")
    }

    fn map_all(objects: Vec<SourceObject>) -> Vec<Outcome> {
        objects
            .into_iter()
            .map(|object| {
                let table = if object.id == CULPRIT {
                    "salaries"
                } else {
                    "roles"
                };
                match lookup::get(table, &object.id) {
                    Ok(values) => resource(format!("{{\"userName\":\"{}\"}}", values.concat())),
                    Err(LookupError::NotGranted) => internal("not granted"),
                    Err(LookupError::Quota) => internal("quota"),
                }
            })
            .collect()
    }
}
