//! A release build holds the labs: it is made again when one of their files comes or goes.
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        println!("cargo::rerun-if-changed=../checks");
        println!("cargo::rerun-if-changed=../fixtures/stacks");
    }
}
