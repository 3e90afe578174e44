//! Topology: how the services of a project wait for each other, where they meet, and when they come back.

mod cidr;
mod default_network;
mod restart;
mod start_order;
mod subnets;

use crate::rule;
use crate::rule::Rule;

/// The rules of this topic.
pub const RULES: &[Rule] = &[
    rule!("depends-on-unchecked", on_service: start_order::depends_on_unchecked),
    rule!("network-default", on_service: default_network::network_default),
    rule!("network-subnet-missing", on_service: subnets::network_subnet_missing),
    rule!("network-subnet-overlap", on_service: subnets::network_subnet_overlap),
    rule!("restart-policy-wrong", on_container: restart::restart_policy_wrong),
];
