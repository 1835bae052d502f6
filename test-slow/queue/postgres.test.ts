import test from 'ava'
import { suite } from './suite.js'

suite(test, 'postgres')
