//! The one integration test binary: a module for each face that is tested from outside.
mod bad_input;
mod contract;
mod face;
mod faults;
mod invalid;
mod peer;
mod phases;
mod reference;
mod support;
