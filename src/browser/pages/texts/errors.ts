import type { RefusalName } from '../../../errors/refusals.js'
import type { Translations } from '../languages.js'
import { operatorRefusals } from './admin-errors.js'

/** The texts of refusals for people, and of the page of an error. */
export interface ErrorTexts {
  readonly title: string
  readonly toAccount: string
  /** Where no sentence of its own says more. */
  readonly unknown: string
  readonly refusals: Partial<Record<RefusalName, string>>
}

/** See `ErrorTexts`. */
export const errorTexts: Translations<ErrorTexts> = {
  en: {
    title: 'That did not work',
    toAccount: 'Go to your account',
    unknown: 'Please try again. If it fails again, ask the people who run this service.',
    refusals: {
      ...operatorRefusals.en,
      TooManySessionsError: 'You have signed in very often in a short time. Please wait a minute.',
      UntrustedProxyError:
        'This proxy is not known to the service. Its operator names it in POSTERN_TRUST_PROXY.',
      NotFoundError: 'There is no such page.',
      ForeignFormError:
        'The form is too old, or was sent by another site. Open the page again and send it from there.',
      InsecureAddressError:
        'People can sign in here over HTTPS only. The operator of this service sets POSTERN_PUBLIC_URL to its https address.',
      StoreUnavailableError:
        'Nothing can be stored at the moment. Nothing was changed; please try again soon.',
      ServerBusyError: 'The service is busy. Please try again in a moment.'
    }
  },
  de: {
    title: 'Das hat nicht geklappt',
    toAccount: 'Zu Ihrem Konto',
    unknown: 'Bitte versuchen Sie es noch einmal. Hilft das nicht, fragen Sie die Betreiber dieses Dienstes.',
    refusals: {
      ...operatorRefusals.de,
      TooManySessionsError:
        'Sie haben sich in kurzer Zeit sehr oft angemeldet. Bitte warten Sie eine Minute.',
      UntrustedProxyError:
        'Diesen Proxy kennt der Dienst nicht. Die Betreiber nennen ihn in POSTERN_TRUST_PROXY.',
      NotFoundError: 'Diese Seite gibt es nicht.',
      ForeignFormError:
        'Das Formular ist zu alt oder wurde von einer anderen Website gesendet. Öffnen Sie die Seite neu und senden Sie es von dort.',
      InsecureAddressError:
        'Hier kann man sich nur über HTTPS anmelden. Die Betreiber dieses Dienstes setzen POSTERN_PUBLIC_URL auf seine https-Adresse.',
      StoreUnavailableError:
        'Im Moment kann nichts gespeichert werden. Es wurde nichts geändert; bitte versuchen Sie es bald noch einmal.',
      ServerBusyError: 'Der Dienst ist ausgelastet. Bitte versuchen Sie es gleich noch einmal.'
    }
  },
  fr: {
    title: 'Cela n’a pas fonctionné',
    toAccount: 'Aller à votre compte',
    unknown: 'Veuillez réessayer. Si l’échec se répète, adressez-vous aux responsables de ce service.',
    refusals: {
      ...operatorRefusals.fr,
      TooManySessionsError:
        'Vous vous êtes connecté très souvent en peu de temps. Veuillez attendre une minute.',
      UntrustedProxyError:
        'Ce proxy est inconnu du service. Son responsable l’indique dans POSTERN_TRUST_PROXY.',
      NotFoundError: 'Cette page n’existe pas.',
      ForeignFormError:
        'Le formulaire est trop ancien ou a été envoyé par un autre site. Ouvrez à nouveau la page et renvoyez-le depuis celle-ci.',
      InsecureAddressError:
        'La connexion n’est possible ici qu’en HTTPS. Le responsable de ce service indique son adresse https dans POSTERN_PUBLIC_URL.',
      StoreUnavailableError:
        'Rien ne peut être enregistré pour le moment. Rien n’a été modifié ; veuillez réessayer bientôt.',
      ServerBusyError: 'Le service est occupé. Veuillez réessayer dans un instant.'
    }
  },
  es: {
    title: 'No ha funcionado',
    toAccount: 'Ir a su cuenta',
    unknown: 'Inténtelo de nuevo. Si vuelve a fallar, pregunte a quienes administran este servicio.',
    refusals: {
      ...operatorRefusals.es,
      TooManySessionsError: 'Ha iniciado sesión muchas veces en poco tiempo. Espere un minuto.',
      UntrustedProxyError:
        'El servicio no conoce este proxy. Quien lo administra lo indica en POSTERN_TRUST_PROXY.',
      NotFoundError: 'Esta página no existe.',
      ForeignFormError:
        'El formulario es demasiado antiguo o lo envió otro sitio. Abra la página de nuevo y envíelo desde ella.',
      InsecureAddressError:
        'Aquí solo se puede iniciar sesión por HTTPS. Quien administra este servicio pone su dirección https en POSTERN_PUBLIC_URL.',
      StoreUnavailableError:
        'En este momento no se puede guardar nada. No se ha cambiado nada; inténtelo de nuevo pronto.',
      ServerBusyError: 'El servicio está ocupado. Inténtelo de nuevo en un momento.'
    }
  },
  zh: {
    title: '操作未成功',
    toAccount: '前往您的账户',
    unknown: '请重试。如果仍然失败，请联系本服务的运营者。',
    refusals: {
      ...operatorRefusals.zh,
      TooManySessionsError: '您在短时间内登录次数过多。请等待一分钟。',
      UntrustedProxyError: '本服务不认识此代理。运营者需在 POSTERN_TRUST_PROXY 中列出它。',
      NotFoundError: '没有这个页面。',
      ForeignFormError: '表单已过期，或由其他网站发送。请重新打开页面并从那里提交。',
      InsecureAddressError:
        '此处只能通过 HTTPS 登录。本服务的运营者需将 POSTERN_PUBLIC_URL 设为其 https 地址。',
      StoreUnavailableError: '目前无法保存任何内容。没有任何更改，请稍后重试。',
      ServerBusyError: '服务繁忙，请稍后重试。'
    }
  }
}
