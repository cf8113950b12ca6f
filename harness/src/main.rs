use labcheck::{language::{source::Sources,diagnostic::*,load::load_lab},plan::build};
fn main() {
    let mut sources=Sources::default(); let mut d=Diagnostics::default();
    let lab=load_lab(std::path::Path::new(&std::env::args().nth(1).unwrap()),&mut sources,&mut d);
    println!("load: {}", d.render(&sources,Colour::Plain));
    match build(&lab.unwrap(),&sources,&Default::default(),Diagnostics::default()) { Ok(p)=>println!("ok {} checks", p.checks.len()), Err(d)=>println!("{}",d.render(&sources,Colour::Plain)) }
}
