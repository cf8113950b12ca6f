//! A release build holds the labs, so it is made again when one of their files comes or goes; and it is linked small.
use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| env::var(name).is_ok_and(|found| found == value);
    if !is("PROFILE", "release") {
        return;
    }
    println!("cargo::rerun-if-changed=../checks");
    println!("cargo::rerun-if-changed=../fixtures/stacks");
    // The profile's `strip` does not reach a package that has an override of its own.
    if is("CARGO_CFG_TARGET_OS", "linux") {
        println!("cargo::rustc-link-arg-bins=-Wl,--strip-all");
    }
    // Where the linker is known to be Rust's own LLD: functions that came out equal are kept once, relocations are packed.
    // It takes a sixth off, nearly all of it the AWS SDK's.
    if is("TARGET", "x86_64-unknown-linux-gnu") {
        println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}
