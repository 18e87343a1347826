//! The service provider over HTTP, by the RFCs: each test is named after the section
//! that it is about. One program, so that all of it links once and runs side by side.

mod provider {
    mod api;
    mod carried;
    mod changes;
    mod connectors;
    mod cut;
    mod large;
    mod pains;
    pub mod support;

    mod rfc6750_tokens;
    mod rfc7643_representation;
    mod rfc7644_bulk;
    mod rfc7644_discovery;
    mod rfc7644_errors;
    mod rfc7644_patch;
    mod rfc7644_query;
    mod rfc7644_resources;
    mod rfc7644_versions;
    mod rfc9865_cursor;
    mod vendors;
    mod waits;
}
