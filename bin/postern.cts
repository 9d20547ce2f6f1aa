#!/usr/bin/env node
import path = require('node:path')
import bundle = require('../src/bundle.cjs')

bundle.run(path.join(__dirname, '../bundle'))
