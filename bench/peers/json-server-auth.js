// json-server-auth as its README mounts it, on users in memory.
import jsonServer from 'json-server'
import auth from 'json-server-auth'

const app = jsonServer.create()
const router = jsonServer.router({ users: [] })
app.db = router.db
app.use(auth)
app.use(router)
const server = app.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))
