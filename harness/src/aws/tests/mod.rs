//! Tests of the whole: a scripted server that answers wrongly in every way, the replica, and the tables against it.
mod again;
mod complete;
mod schema;
mod server;
mod shared;
mod wire;
