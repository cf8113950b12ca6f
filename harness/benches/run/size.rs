//! How much room a run and the binary take.
use crate::demo::Demo;
use crate::measure::Verdicts;
use crate::measure::process::BINARY;

/// A run, replica included, in MB.
const RUN: f64 = 100.0;
/// The stripped binary, in MB.
const FILE: f64 = 40.0;

/// The whole demo fits beside whatever else a laptop does.
pub fn a_run_is_small(demo: &Demo, verdicts: &mut Verdicts) {
    let Some(kib) = demo.took.peak_kib else {
        println!("the memory of a run can't be read on this system (it has no /proc)\n");
        return;
    };
    let peak = f64::from(u32::try_from(kib).unwrap_or(u32::MAX)) * 1024.0 / 1e6;
    verdicts.say(
        peak < RUN,
        &format!(
            "a demo run, replica included, takes {peak:.0} MB at its peak: less than {RUN} MB"
        ),
    );
}

/// Small enough to be handed out.
pub fn the_binary_is_small(verdicts: &mut Verdicts) {
    let bytes = std::fs::metadata(BINARY)
        .expect("the binary is there")
        .len();
    let size = f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) / 1e6;
    verdicts.say(
        size < FILE,
        &format!("the binary has {size:.1} MB: less than {FILE} MB"),
    );
}
