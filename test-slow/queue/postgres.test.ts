import test from 'ava'
import { failures } from './failures.js'
import { suite } from './suite.js'

suite(test, 'postgres')
failures(test, 'postgres')
