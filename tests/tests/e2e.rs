//! End to end: the binary against a SCIM server by others. One program, so that
//! all of it links once and runs side by side.

mod e2e {
    mod conflict;
    mod conformance;
    mod csv;
    mod cut;
    mod data;
    mod differential;
    mod failure;
    mod foreign;
    mod incomplete;
    mod kill;
    mod lease;
    mod lookup;
    mod plugin;
    mod random;
    mod serve;
    mod steps;
    mod store;
    mod twins;
    mod verify;
    mod visibility;
}
