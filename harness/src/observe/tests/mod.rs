//! Every outcome of every probe through every vantage, on loopback, and every way in which a vantage fails.
mod dns_server;
mod gateway;
mod peers;
mod tcp;
