import test from 'ava'
import { failures } from './failures.js'

failures(test, 'redis')
