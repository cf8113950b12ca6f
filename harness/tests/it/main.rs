//! The one integration test binary: a module for each face that is tested from outside.
mod faults;
mod invalid;
mod phases;
mod support;
