//! The binary against a real WordPress, by its REST API, with nothing installed there.
//! One program, so that all of it links once.

mod wordpress {
    mod accounts;
    mod drupal;
    mod refused;
    mod roles;
    mod source;
    mod support;
}
