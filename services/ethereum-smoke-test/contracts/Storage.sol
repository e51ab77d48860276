// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// A number that anybody sets and reads, with an event for each change.
contract Storage {
    uint256 public value;

    event Stored(address indexed by, uint256 value);

    constructor(uint256 initial) {
        value = initial;
    }

    function store(uint256 next) external {
        value = next;
        emit Stored(msg.sender, next);
    }
}
