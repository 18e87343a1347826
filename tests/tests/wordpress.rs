//! The binary against a real WordPress, by its REST API with nothing installed there, and by our plugin.
//! One program, so that all of it links once.

mod wordpress {
    mod accounts;
    mod carried;
    mod conformance;
    mod drupal;
    mod events;
    mod php;
    mod refused;
    mod roles;
    mod served;
    mod source;
    mod support;
}
