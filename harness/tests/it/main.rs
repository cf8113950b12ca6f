//! The one integration test binary: a module for each face that is tested from outside.
mod invalid;
