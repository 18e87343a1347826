//! The Rust side of `wit/0.1`, generated.
//!
//! The host's world is its own and is not published: it names every interface
//! that this host can call or offer, while a plugin may export any subset. Hence
//! the generated world struct is never used (it demands every export); each
//! interface has its own indices, found by what a component exports. See
//! [`crate::component`].
//!
//! A later contract (0.2) becomes a second module beside [`v0_1`], chosen by the
//! version of the `metadata` that a component exports.

/// `purser:plugin@0.1`.
pub(crate) mod v0_1 {
    wasmtime::component::bindgen!({
        inline: "
            package purser:host;
            world host {
                include purser:plugin/mapper-with-lookup@0.1.0;
            }
        ",
        world: "purser:host/host",
        path: "../../wit/0.1",
    });
}
