//! HTTP servers: that of the demonstration, until there is the service provider.

pub mod demo;
