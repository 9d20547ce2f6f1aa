#!/usr/bin/env node
import path = require('node:path')
import bundle = require('./bundle.cjs')

bundle.run(path.join(__dirname, '../bundle'))
